/** The frame of every page that people see: whose it is, its language, the way to others, one style, one script. */
import { html } from "hono/html";
import type { Child } from "hono/jsx";
import { fillTemplate } from "../config/page-slots.ts";
import { directionOf, type Language, WORDS } from "./languages.ts";
import { Languages } from "./languages-menu.tsx";
import type { Reader, Said } from "./reader.ts";
import { colorStyle, STYLE } from "./style.ts";
import type { Words } from "./words/words.ts";

export interface Page {
  readonly html: string;
  readonly language: Language;
  readonly hasScript: boolean;
  /** Whether the script asks this host anything. */
  readonly polls: boolean;
  readonly hasForm: boolean;
}

export interface Frame {
  readonly reader: Reader;
  readonly title: string;
  /** What a reader has to know, in any language, of a page that cannot be asked for again. */
  readonly essence: (words: Words) => readonly string[];
  readonly body: Child;
  /** Source without `</script`; undefined: the page needs none. */
  readonly script?: string | undefined;
  readonly polls?: boolean;
  readonly hasForm?: boolean;
}

export function layout({
  reader,
  title,
  essence,
  body,
  script,
  polls = false,
  hasForm = false,
}: Frame): Page {
  const { language, site, nonce } = reader;
  const head = (
    <>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width,initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      {/* Without one a browser asks for /favicon.ico. */}
      <link rel="icon" href={site.logo ?? "data:,"} />
      <Raw tag="style" nonce={nonce} source={STYLE + colorStyle(site.color, site.colorDark)} />
    </>
  );
  const fullTitle = site.brand === undefined ? title : `${title} · ${site.brand}`;
  const languages = <Languages reader={reader} essence={essence} />;
  const content = (
    <>
      {site.announcements.map((said) => (
        <section class="card warn">
          <OwnWords said={said} />
        </section>
      ))}
      {body}
      {site.text === undefined ? null : (
        <section class="card">
          <OwnWords said={site.text} />
        </section>
      )}
    </>
  );
  const after = script === undefined ? null : <Raw tag="script" nonce={nonce} source={script} />;
  const markup = (
    <html lang={language} dir={directionOf(language)}>
      <head>
        {head}
        <title>{fullTitle}</title>
      </head>
      <body>
        <header>
          {/* An empty one keeps the switcher at the end of the line. */}
          <p class="brand" dir="auto">
            {site.logo === undefined ? null : <img src={site.logo} alt="" />}
            {site.brand}
          </p>
          {languages}
        </header>
        <main>{content}</main>
        <Footer reader={reader} />
        {after}
      </body>
    </html>
  );
  const source =
    site.template === undefined
      ? `<!doctype html>${String(markup)}`
      : fillTemplate(site.template, {
          lang: language,
          dir: directionOf(language),
          title: String(html`${fullTitle}`),
          brand: String(html`${site.brand}`),
          head: String(head),
          languages: String(languages),
          content: String(html`${content}${after}`),
          footer: String(<Footer reader={reader} />),
          nonce,
        });
  return { html: source, language, hasScript: script !== undefined, polls, hasForm };
}

/** An operator's own words, in their own language and direction. */
export function OwnWords({ said }: { said: Said }) {
  return (
    <p lang={said.language} dir="auto">
      {said.text}
    </p>
  );
}

function Footer({ reader: { language, site } }: { reader: Reader }) {
  const { links, update } = WORDS[language];
  return (
    <footer>
      {site.isOldApp ? (
        <p>
          {update.text} {site.updateUrl === undefined ? null : <a href={site.updateUrl}>{update.link}</a>}
        </p>
      ) : null}
      {site.supportUrl === undefined ? null : <a href={site.supportUrl}>{links.support}</a>}
      {site.statusUrl === undefined ? null : <a href={site.statusUrl}>{links.status}</a>}
      {site.supportText === undefined ? null : <OwnWords said={site.supportText} />}
    </footer>
  );
}

/** The two elements whose source is the project's own and must not be escaped; an operator's colours in it are checked. */
function Raw({ tag: Tag, nonce, source }: { tag: "style" | "script"; nonce: string; source: string }) {
  return <Tag nonce={nonce} dangerouslySetInnerHTML={{ __html: source }} />;
}
