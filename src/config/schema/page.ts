/** Decides what `[page]` may say: whose name, colours, links and words the pages carry that people see. */
import * as v from "valibot";
import { contrast, isColor } from "../../policy/contrast.ts";
import { isReturnPath } from "../../policy/return-path.ts";
import type { ProblemCode } from "../codes.ts";
import { MAX_TEMPLATE, templateMistake } from "../page-slots.ts";
import { said } from "./said.ts";
import { instant } from "./units.ts";
import { about, flag, list, says, table, text, token } from "./words.ts";

/** Together with the page itself within one answer of 14 KB, compressed (test/policy/pages-size.test.ts). */
const [MAX_BRAND, MAX_LOGO, MAX_TEXT, MAX_ANNOUNCEMENTS] = [40, 2_400, 200, 20];

/** WCAG 2.2, 1.4.3: text, also on a button and on the page's own ground. */
const LEAST_CONTRAST = 4.5;
/** The grounds that links and buttons stand on, and the letters on a button, as in src/pages/style.ts. */
export const LIGHT_GROUNDS = ["#ffffff", "#f3f6f4", "#e6f2ee"] as const;
export const DARK_GROUNDS = ["#16201d", "#0d1412", "#14302a"] as const;

const LOGO_FORM = `an <svg> element, or "data:image/png;base64,…", of at most ${MAX_LOGO} characters`;
/** Eight bytes begin every PNG (ISO/IEC 15948, 5.2); these are six of them in base64. */
const PNG_PATTERN = /^data:image\/png;base64,iVBORw0KGgo[A-Za-z0-9+/]*={0,2}$/;
const SVG_PATTERN = /^<svg[\s>][\s\S]*<\/svg>$/;

const TEMPLATE_FORM = `HTML with slots such as {{content}}, of at most ${MAX_TEMPLATE} ASCII characters`;

export const VERSION_PATTERN = /^\d{1,6}(?:\.\d{1,6}){0,3}$/;

const Announcement = table(
  {
    start: instant("From when pages show it."),
    end: instant("Until when. After `start`."),
    text: said(MAX_TEXT, "What it says, by language."),
  },
  "a table [[page.announcements]]",
);

const Texts = table(
  {
    waiting: v.exactOptional(said(MAX_TEXT, "On the page of people in line.")),
    limited: v.exactOptional(said(MAX_TEXT, "On the page of people who were too fast.")),
    maintenance: v.exactOptional(said(MAX_TEXT, "On the page of maintenance.")),
    failure: v.exactOptional(said(MAX_TEXT, "On the pages of requests that got no answer.")),
  },
  "a table [page.texts]",
);

const Status = table(
  {
    pools: v.pipe(
      v.record(
        v.string(),
        said(60, "What people call this part of the service, by language."),
        says("TG1103", "a table of pool = names by language"),
      ),
      about(
        "a table of pool = names by language",
        'The parts that the page shows, each with the name that people know: `{ wallet = { en = "Payments" } }`. A pool that is not named is not shown.',
      ),
    ),
    figures: v.optional(
      flag(
        "`false` hides how many wait and how long, and the hours of the last day: only whether it is busy is told.",
      ),
      true,
    ),
  },
  "a table [page.status]",
);

export const Page = table(
  {
    brand: v.exactOptional(text(MAX_BRAND, "The name at the head of each page.")),
    logo: v.exactOptional(
      checked(
        (written) => written.length <= MAX_LOGO && (PNG_PATTERN.test(written) || SVG_PATTERN.test(written)),
        "TG2103",
        LOGO_FORM,
        "Shown beside the brand. It is shown as an image, so scripts in an SVG do not run and nothing is loaded by it.",
      ),
    ),
    template: v.exactOptional(
      v.pipe(
        v.string(says("TG1103", TEMPLATE_FORM)),
        v.check(
          (written) => templateMistake(written) === undefined,
          ({ input }) => says("TG2110", templateMistake(input)?.expected ?? TEMPLATE_FORM),
        ),
        about(
          TEMPLATE_FORM,
          "A frame of your own around what each page says, in place of `logo` and the page's own: HTML with the slots `lang`, `dir`, `title`, `head`, `languages`, `content` and `footer` once each, and `brand` and `nonce` where wanted; or the name of its file beside this one, whose text the commands put in its place. docs/pages.md shows one.",
        ),
      ),
    ),
    color: v.exactOptional(colored(LIGHT_GROUNDS, "The colour of buttons and marks on light pages.")),
    color_dark: v.exactOptional(colored(DARK_GROUNDS, "The same on dark pages.")),
    support_url: v.exactOptional(link("Where people get help: `https:`, `mailto:`, `tel:`, or a path.")),
    support_text: v.exactOptional(said(MAX_TEXT, "How people get help, such as hours and a number to call.")),
    status_url: v.exactOptional(link("Where people see whether the service is well.")),
    account_path: v.optional(
      checked(
        isReturnPath,
        "TG2102",
        'a path of this host, such as "/transactions"',
        "Where people see balance and transactions: the page of a payment with an unknown outcome sends them there.",
      ),
      "/",
    ),
    app_version_header: v.exactOptional(
      token(
        "a header name",
        "The request header by which the app tells its version. Together with `min_app_version`.",
      ),
    ),
    min_app_version: v.exactOptional(
      checked(
        (written) => VERSION_PATTERN.test(written),
        "TG2107",
        'up to four numbers with dots between, such as "3.2.0"',
        "Whoever comes with an older app is asked, on pages of the edge, to update it.",
      ),
    ),
    app_update_url: v.exactOptional(link("Where the app is updated.")),
    status: v.exactOptional(
      v.pipe(
        Status,
        v.description(
          "The public page `/.tidegate/status`, off unless this table is written. Security: everybody can read it. It names no origin.",
        ),
      ),
    ),
    texts: v.optional(v.pipe(Texts, v.description("Further words for each page, by language.")), {}),
    announcements: v.optional(
      v.pipe(
        list(Announcement, 0, MAX_ANNOUNCEMENTS, "announcements ([[page.announcements]])"),
        v.description("Words that stand first on every page for a time; of those of one time the first."),
      ),
      [],
    ),
  },
  "a table [page]",
);

function checked(isFine: (written: string) => boolean, code: ProblemCode, form: string, description: string) {
  return v.pipe(v.string(says("TG1103", form)), v.check(isFine, says(code, form)), about(form, description));
}

/** Only schemes that cannot run anything in the page. */
function link(description: string) {
  const form = 'a link: "https://…", "mailto:…", "tel:…" or a path such as "/help"';
  return checked((written) => isReturnPath(written) || isOutsideLink(written), "TG2101", form, description);
}

function isOutsideLink(written: string): boolean {
  return (
    written.length <= 500 && URL.canParse(written) && /^(?:https:\/\/|mailto:|tel:)[^\s<>"]+$/.test(written)
  );
}

function colored(grounds: readonly string[], description: string) {
  const form = "a colour as #rrggbb";
  const expected = `${form} with a contrast of at least ${LEAST_CONTRAST} to ${grounds.join(", ")}`;
  return v.pipe(
    v.string(says("TG1103", form)),
    v.check(isColor, says("TG2104", form)),
    v.check(
      (color) => !isColor(color) || grounds.every((ground) => contrast(color, ground) >= LEAST_CONTRAST),
      says("TG2105", expected),
    ),
    about(form, description),
  );
}
