/** Mistakes in who may operate the edge. */
import { describe } from "vitest";
import { checkMistakes, mistake } from "./support.ts";

describe("Cloudflare Access", () => {
  const key = "admin.access.issuer";
  const form = "a team's address";
  const access = (lines: string) => ({ end: `[admin.access]\n${lines}` });
  const issuer = (text: string) => access(`audience = "a"\nissuer = ${text}`);
  checkMistakes([
    mistake("an address with a path", issuer('¦"https://team.example/certs"'), [
      "TG1903",
      key,
      "certs",
      form,
    ]),
    mistake("an address with a slash at its end", issuer('¦"https://team.example/"'), [
      "TG1903",
      key,
      "team",
      form,
    ]),
    mistake("a name alone", issuer('¦"team.cloudflareaccess.com"'), ["TG1903", key, "team", form]),
    mistake("an address that is not encrypted", issuer('¦"http://team.example"'), [
      "TG1903",
      key,
      "team",
      "https:",
    ]),
    mistake(
      "a role that there is not",
      access('issuer = "https://t.example"\naudience = "a"\nroles = { mei = ¦"root" }'),
      ["TG1301", "admin.access.roles.mei", "root", '"viewer"'],
    ),
    mistake("no audience", { end: '¦[admin.access]\nissuer = "https://t.example"' }, [
      "TG1102",
      "admin.access.audience",
      "nothing",
      "audience",
    ]),
    mistake("a token in the file", { end: '[admin]\n¦token = "secret"' }, [
      "TG1101",
      "admin.token",
      "token",
      "access",
    ]),
  ]);
});

describe("logs and alerts", () => {
  checkMistakes([
    mistake("a share above one", { end: "[logs]\nsample = ¦1.5" }, [
      "TG1202",
      "logs.sample",
      "1.5",
      "0 to 1",
    ]),
    mistake("a webhook that is a name", { end: '[alerts]\nwebhook = ¦"hooks.example"' }, [
      "TG1905",
      "alerts.webhook",
      "hooks",
      "https://host/path",
    ]),
    mistake("a webhook with a password", { end: '[alerts]\nwebhook = ¦"https://a:b@hooks.example/x"' }, [
      "TG1905",
      "alerts.webhook",
      "hooks",
      "without user name",
    ]),
    mistake("a webhook that is not encrypted", { end: '[alerts]\nwebhook = ¦"http://hooks.example/x"' }, [
      "TG1905",
      "alerts.webhook",
      "hooks",
      "https:",
    ]),
  ]);
});
