/** Decides what `[identity]` may say: which proofs of being a certain user the edge accepts. */
import * as v from "valibot";
import { jwksUrlMistake } from "../origin-url.ts";
import { about, choice, list, says, table, text, token, wholeNumber } from "./words.ts";

const HASH_FORM = "a SHA-256 hash: 64 hexadecimal digits";

/** The algorithms whose keys are public; `HS256` has the shared secret. */
const KEY_SET_ALGORITHMS = ["RS256", "ES256", "EdDSA"] as const;
export const SECRET_ALGORITHM = "HS256";

const Jwt = table(
  {
    jwks: v.exactOptional(
      v.pipe(
        v.string(says("TG1103", "a URL, such as https://id.wallet.example/jwks.json")),
        v.rawCheck(({ dataset, addIssue }) => {
          const mistake = dataset.typed ? jwksUrlMistake(dataset.value) : undefined;
          if (mistake !== undefined) addIssue({ message: says(mistake.code, mistake.expected) });
        }),
        about(
          "a URL, https: in production",
          "Where the public keys are. Required, except with HS256. Fetched when a token needs it, kept ten minutes, and fetched again at most once a minute whatever key ids tokens name. Security: who controls this URL can be any user.",
        ),
      ),
    ),
    algorithms: v.optional(
      v.pipe(
        list(
          choice([...KEY_SET_ALGORITHMS, SECRET_ALGORITHM], "A signature algorithm."),
          1,
          KEY_SET_ALGORITHMS.length,
          "signature algorithms",
        ),
        v.description(
          'The only signature algorithms accepted. `["HS256"]` takes tokens signed with the secret `TIDEGATE_JWT_SECRET` (32 bytes or more) in place of `jwks`, and stands alone: beside public keys, a public key could be passed off as the secret. Security: with HS256 whoever can verify a token can also make one.',
        ),
      ),
      [...KEY_SET_ALGORITHMS],
    ),
    claim: v.optional(
      text(128, "The claim that names the user: a text of up to 256 characters or a whole number."),
      "sub",
    ),
    issuer: v.exactOptional(
      text(1_024, "The only issuer (`iss`) accepted. Security: left out, any issuer is."),
    ),
    audience: v.exactOptional(
      text(
        1_024,
        "The only audience (`aud`) accepted. Security: left out, a token made for another service of the same issuer is accepted too.",
      ),
    ),
  },
  "a table jwt = { jwks = … }",
);

const ApiKeys = table(
  {
    header: v.optional(token("a header name", "The request header that carries the key."), "X-Api-Key"),
    sha256: v.pipe(
      v.record(
        text(128, "The name of the key's holder."),
        v.pipe(
          v.string(says("TG1103", HASH_FORM)),
          v.regex(/^[0-9A-Fa-f]{64}$/, says("TG1901", HASH_FORM)),
          about(
            HASH_FORM,
            "The SHA-256 hash of the key (`printf %s KEY | sha256sum`); never the key itself.",
          ),
          v.transform((hash) => hash.toLowerCase()),
        ),
        says("TG1103", "a table of holder = hash"),
      ),
      about(
        "a table of holder = SHA-256 hash",
        "The accepted keys: holder = hash of the key. Security: hash only keys of 128 random bits or more; a short one can be guessed from its hash.",
      ),
    ),
  },
  "a table api_keys = { sha256 = … }",
);

const Opaque = table(
  {
    cookie: v.optional(token("a cookie name", "The cookie that carries the session."), "sid"),
    new_per_ip_per_minute: v.optional(
      wholeNumber(
        0,
        1_000_000,
        "So many new sessions a minute may come from one client address; the rest share the address's bucket. Security: the edge cannot verify such a session, and this is what keeps made-up ones from multiplying a user's limit.",
      ),
      30,
    ),
  },
  "a table opaque = { cookie = … }",
);

export const Identity = table(
  {
    jwt: v.exactOptional(
      v.pipe(
        Jwt,
        v.description(
          "A signed token in `Authorization: Bearer`, with an expiry (`exp`). One that does not hold, for whatever reason, is as good as none.",
        ),
      ),
    ),
    api_keys: v.exactOptional(v.pipe(ApiKeys, v.description("A key of a known partner."))),
    opaque: v.exactOptional(v.pipe(Opaque, v.description("A session that the edge cannot verify."))),
  },
  "a table [identity]",
);
