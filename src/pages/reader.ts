/** What a page knows of the person who reads it, and of the operators in whose name it speaks. */
import type { Language } from "./languages.ts";

/** Words of an operator in one language. They are shown as they stand, never as markup. */
export interface Said {
  readonly language: string;
  readonly text: string;
}

/** What operators make their own (`[page]`), for one reader at one moment. */
export interface Site {
  readonly brand: string | undefined;
  /** A `data:` URL of an image. */
  readonly logo: string | undefined;
  /** A frame of the operator's own, checked, for the page's. */
  readonly template: string | undefined;
  /** `#rrggbb`, checked for contrast; undefined: the page's own. */
  readonly color: string | undefined;
  readonly colorDark: string | undefined;
  readonly supportUrl: string | undefined;
  readonly supportText: Said | undefined;
  readonly statusUrl: string | undefined;
  /** A path of this host where balance and transactions are. */
  readonly accountPath: string;
  readonly updateUrl: string | undefined;
  /** The client's version is below the minimum. */
  readonly isOldApp: boolean;
  readonly announcements: readonly Said[];
  /** Further words for this very page. */
  readonly text: Said | undefined;
}

/** For an edge without `[page]`. */
export const PLAIN_SITE: Site = {
  brand: undefined,
  logo: undefined,
  template: undefined,
  color: undefined,
  colorDark: undefined,
  supportUrl: undefined,
  supportText: undefined,
  statusUrl: undefined,
  accountPath: "/",
  updateUrl: undefined,
  isOldApp: false,
  announcements: [],
  text: undefined,
};

export interface Reader {
  readonly language: Language;
  /** How the reader asks again: by a link, or by submitting a form once more. */
  readonly again: "link" | "submit";
  readonly site: Site;
  /** Allows the page's own style and script and nothing else. */
  readonly nonce: string;
}
