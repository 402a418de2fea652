/** Mistakes in what pages show: links, logos, colours, announcements, versions. */
import { describe } from "vitest";
import { checkMistakes, mistake } from "./support.ts";

const page = (line: string) => ({ end: `[page]\n${line}\n` });
const LINK = "a link";
const LOGO = "an <svg> element";

/** A good template with one part changed. */
const template = (change: (good: string) => string) => ({
  end: `[page]\ntemplate = ¦'${change(
    '<!doctype html><html lang="{{lang}}" dir="{{dir}}"><head>{{head}}<title>{{title}}</title></head><body>{{languages}}<main>{{content}}</main>{{footer}}</body></html>',
  )}'\n`,
});
const broken = (what: string, change: (good: string) => string, expected: string) =>
  mistake(what, template(change), ["TG2110", "page.template", "<!doctype", expected]);

describe("[page] template", () => {
  checkMistakes([
    broken(
      "without what the page says",
      (good) => good.replace("{{content}}", ""),
      "the slot {{content}} once",
    ),
    broken(
      "with the languages twice",
      (good) => good.replace("{{footer}}", "{{footer}}{{languages}}"),
      "the slot {{languages}} once",
    ),
    broken(
      "with a slot that is none",
      (good) => good.replace("{{footer}}", "{{footer}}{{ticket}}"),
      "no slots but lang",
    ),
    broken(
      "with a script",
      (good) => good.replace("{{footer}}", "{{footer}}<script>1</script>"),
      "nothing that runs",
    ),
    broken(
      "with a refresh",
      (good) => good.replace("{{head}}", '{{head}}<meta http-equiv="refresh" content="1">'),
      "nothing that runs",
    ),
    broken(
      "with a style that no browser takes",
      (good) => good.replace("{{head}}", "{{head}}<style>p{}</style>"),
      '<style nonce="{{nonce}}">',
    ),
    mistake("that is too long", { end: `[page]\ntemplate = ¦'${"x".repeat(2_001)}'\n` }, [
      "TG2110",
      "page.template",
      "x",
      "at most 2000",
    ]),
    mistake(
      "beside a logo",
      {
        end: `[page]\n¦logo = "<svg></svg>"\n${template((good) => good)
          .end.replace("[page]\n", "")
          .replace("¦", "")}`,
      },
      ["TG2111", "page.logo", "logo beside template", "one of the two"],
    ),
  ]);
});

describe("[page]", () => {
  checkMistakes([
    mistake("a status of no pool", { end: '[page.status.pools]\n¦walet = { en = "Payments" }\n' }, [
      "TG2109",
      "page.status.pools.walet",
      "walet",
      "one of the pools wallet",
    ]),
    mistake("a script as a link", page('support_url = ¦"javascript:alert(1)"'), [
      "TG2101",
      "page.support_url",
      "javascript:alert(1)",
      LINK,
    ]),
    mistake("a plain link", page('status_url = ¦"http://status.example"'), [
      "TG2101",
      "page.status_url",
      "http://status.example",
      LINK,
    ]),
    mistake("a link to another host as a path", page('app_update_url = ¦"//evil.example"'), [
      "TG2101",
      "page.app_update_url",
      "//evil.example",
      LINK,
    ]),
    mistake("an account at another host", page('account_path = ¦"https://evil.example/"'), [
      "TG2102",
      "page.account_path",
      "https://evil.example/",
      "a path of this host",
    ]),
    mistake("a logo that would be loaded", page('logo = ¦"https://cdn.example/logo.png"'), [
      "TG2103",
      "page.logo",
      "https://cdn.example/logo.png",
      LOGO,
    ]),
    mistake("a logo of another kind", page('logo = ¦"data:text/html;base64,AAAA"'), [
      "TG2103",
      "page.logo",
      "data:text/html;base64,AAAA",
      LOGO,
    ]),
    mistake("a colour by name", page('color = ¦"red"'), ["TG2104", "page.color", "red", "#rrggbb"]),
    mistake("a colour that ends the style", page('color = ¦"#fff;}body{"'), [
      "TG2104",
      "page.color",
      "#fff;}body{",
      "#rrggbb",
    ]),
    mistake("a pale colour", page('color = ¦"#7fd1c1"'), [
      "TG2105",
      "page.color",
      "#7fd1c1",
      "contrast of at least 4.5",
    ]),
    mistake("a dark colour on dark pages", page('color_dark = ¦"#0b6e5f"'), [
      "TG2105",
      "page.color_dark",
      "#0b6e5f",
      "contrast of at least 4.5",
    ]),
    mistake(
      "an announcement that is over before it begins",
      {
        end: '[[page.announcements]]\nstart = "2026-12-02T00:00:00Z"\nend = ¦"2026-12-01T00:00:00Z"\ntext = { en = "x" }\n',
      },
      ["TG2106", "page.announcements[0].end", "2026-12-01T00:00:00Z", "a time after the start"],
    ),
    mistake("a version in words", page('app_version_header = "X-App"\nmin_app_version = ¦"latest"'), [
      "TG2107",
      "page.min_app_version",
      "latest",
      "up to four numbers",
    ]),
    mistake("a minimum without a header", page('¦min_app_version = "3.2.0"'), [
      "TG2108",
      "page.min_app_version",
      "min_app_version",
      "app_version_header",
    ]),
    mistake("a text too long", page(`texts.waiting = { en = ¦"${"x".repeat(201)}" }`), [
      "TG1306",
      "page.texts.waiting.en",
      "x",
      "1 to 200",
    ]),
  ]);
});
