/** The preview's own pages: which page to look at, in which language and width, and what is wrong with the file. */
/** @jsxRuntime automatic @jsxImportSource hono/jsx */
import { WORDS } from "../../src/pages/languages.ts";

const SCRIPT = `const frame = document.querySelector("iframe"), form = document.forms[0];
function show() {
  const { name, language, width, app } = Object.fromEntries(new FormData(form));
  frame.src = "/" + name + "?language=" + language + (app ? "&app=old" : "");
  frame.style.width = width;
}
form.addEventListener("input", show);
new EventSource("/changes").onmessage = () => frame.contentWindow.location.reload();
show();`;
const STYLE = `body{margin:0;font:1rem/1.5 system-ui,sans-serif;display:grid;grid-template-rows:auto 1fr;height:100vh}form{display:flex;flex-wrap:wrap;gap:1rem;padding:.75rem 1rem}iframe{border:1px solid gray;height:100%;max-width:100%;margin-inline:auto;box-sizing:border-box}select{font:inherit}`;

export function previewIndex(names: readonly string[]): string {
  const page = (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>Pages of tidegate.toml</title>
        <style dangerouslySetInnerHTML={{ __html: STYLE }} />
      </head>
      <body>
        <form>
          <Choice label="Page" name="name" options={names.map((name) => [name, name])} />
          <Choice
            label="Language"
            name="language"
            options={Object.entries(WORDS).map(([tag, words]) => [tag, words.name])}
          />
          <Choice
            label="Width"
            name="width"
            options={[
              ["100%", "window"],
              ["320px", "320 px"],
              ["390px", "390 px"],
            ]}
          />
          <label>
            <input type="checkbox" name="app" /> old app
          </label>
        </form>
        <iframe title="The page" />
        <script dangerouslySetInnerHTML={{ __html: SCRIPT }} />
      </body>
    </html>
  );
  return `<!doctype html>${String(page)}`;
}

interface ChoiceGiven {
  readonly label: string;
  readonly name: string;
  readonly options: readonly (readonly [value: string, text: string])[];
}

function Choice({ label, name, options }: ChoiceGiven) {
  return (
    <label>
      {label}{" "}
      <select name={name}>
        {options.map(([value, text]) => (
          <option value={value}>{text}</option>
        ))}
      </select>
    </label>
  );
}

export function problemPage(message: string): string {
  return `<!doctype html>${String(
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>Not a page</title>
      </head>
      <body>
        <pre>{message}</pre>
      </body>
    </html>,
  )}`;
}
