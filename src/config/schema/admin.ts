/** Decides what `[admin]` may say: which people the operators' API lets in beside holders of tokens. */
import * as v from "valibot";
import { jwksUrlMistake } from "../origin-url.ts";
import { about, choice, says, table, text } from "./words.ts";

const ROLE_WORDS = ["viewer", "operator", "admin"] as const;
const ISSUER_FORM = "a team's address, such as https://wallet.cloudflareaccess.com";

const Access = table(
  {
    issuer: v.pipe(
      v.string(says("TG1103", ISSUER_FORM)),
      v.rawCheck(({ dataset, addIssue }) => {
        if (!dataset.typed) return;
        const mistake = jwksUrlMistake(dataset.value);
        if (mistake !== undefined) addIssue({ message: says(mistake.code, ISSUER_FORM) });
        else if (new URL(dataset.value).origin !== dataset.value)
          addIssue({ message: says("TG1903", ISSUER_FORM) });
      }),
      about(
        "a URL without a path",
        "The team's address: the only issuer (`iss`) accepted. Its keys are fetched from `/cdn-cgi/access/certs` there. Security: who controls this address can be any operator.",
      ),
    ),
    audience: text(
      256,
      "The Application Audience (AUD) tag: the only audience (`aud`) accepted, so that a token of another application of the same team is none here.",
    ),
    roles: v.optional(
      v.pipe(
        v.record(
          text(320, "The e-mail address, or the name of a service token."),
          choice(ROLE_WORDS, "What they may do."),
          says("TG1103", "a table of person = role"),
        ),
        about(
          "a table of person = role",
          "What each person may do, by e-mail address or a service token's `common_name`: `viewer` reads, `operator` changes what runs, `admin` also hands out tokens, exports, imports and changes `[admin]`.",
        ),
      ),
      {},
    ),
    default_role: v.optional(
      choice(
        ["none", ...ROLE_WORDS],
        "The role of people whom Access lets in and `roles` does not name. Security: anything but `none` opens the API to everybody that the Access policy admits.",
      ),
      "none",
    ),
  },
  "a table [admin.access]",
);

export const Admin = table(
  {
    access: v.exactOptional(
      v.pipe(
        Access,
        v.description(
          "Cloudflare Access in front of `/.tidegate/admin`: its signed token in `Cf-Access-Jwt-Assertion` lets a person in without another password.",
        ),
      ),
    ),
  },
  "a table [admin]",
);
