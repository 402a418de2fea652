/** The page that people see while the whole wallet is in maintenance: the truth, the end, and nothing to click. */
import { html } from "hono/html";

export interface MaintenancePage {
  /** BCP 47 tag of the words and the message. */
  readonly language: string;
  /** The operators' words; undefined when they left none. */
  readonly message: string | undefined;
  /** Epoch milliseconds; undefined when the end is not known. */
  readonly endsAtMs: number | undefined;
  /** Allows the page's own style and nothing else. */
  readonly nonce: string;
}

interface Words {
  readonly title: string;
  readonly nothingTaken: string;
  readonly until: string;
  readonly unknownEnd: string;
}

const WORDS: Readonly<Record<"zh" | "en", Words>> = {
  zh: {
    title: "系统维护中",
    nothingTaken: "您的请求没有发出，也没有扣款。",
    until: "预计恢复时间：",
    unknownEnd: "请稍后再试。",
  },
  en: {
    title: "The wallet is being worked on",
    nothingTaken: "Your request was not sent on, and nothing was taken.",
    until: "Expected back: ",
    unknownEnd: "Please try again later.",
  },
};

const STYLE = `:root{color-scheme:light dark;font:1.125rem/1.6 system-ui,sans-serif}
body{max-width:32rem;margin:0 auto;padding:12vh 1.25rem}h1{font-size:1.5rem;line-height:1.3}
p{margin:.75rem 0}time{font-variant-numeric:tabular-nums}`;

export function maintenancePage({ language, message, endsAtMs, nonce }: MaintenancePage): string {
  const words = language.toLowerCase().startsWith("zh") ? WORDS.zh : WORDS.en;
  const end =
    endsAtMs === undefined
      ? words.unknownEnd
      : html`${words.until}<time datetime="${new Date(endsAtMs).toISOString()}">${utcText(endsAtMs, language)}</time>`;
  return String(html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${words.title}</title>
<style nonce="${nonce}">${STYLE}</style>
</head>
<body>
<h1>${words.title}</h1>
${message === undefined ? "" : html`<p>${message}</p>`}
<p>${end}</p>
<p>${words.nothingTaken}</p>
</body>
</html>
`);
}

/** The edge does not know the reader's zone, so the zone is written beside the time. */
function utcText(atMs: number, language: string): string {
  const form: Intl.DateTimeFormatOptions = {
    dateStyle: "long",
    timeStyle: "short",
    timeZone: "UTC",
  };
  return `${new Intl.DateTimeFormat(language, form).format(atMs)} UTC`;
}
