// The public status page, in the runtime: what it tells, and what it never does.
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { firstSnapshot } from "../../src/config/snapshot.ts";
import { compile } from "../../src/edge/compiled.ts";
import { type PoolLine, statusAnswer } from "../../src/edge/status-answer.ts";

const BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
const STATUS = '[page.status]\npools = { wallet = { en = "Payments", zh-CN = "支付" } }\n';
const hours = (from: number, to: number) => {
  const iso = (inHours: number) => new Date(Date.now() + inHours * 3_600_000).toISOString();
  return `start = "${iso(from)}"\nend = "${iso(to)}"\n`;
};

function ask(more: string, accept = "application/json", line?: PoolLine, method = "GET") {
  const text = `
[[pools]]
name = "wallet"
[[pools.origins]]
name = "hk-secret"
url = "https://hk.example"
[[pools]]
name = "backoffice"
[[pools.origins]]
name = "sg-secret"
url = "https://sg.example"
[[routes]]
path = "/*"
pool = "wallet"
${more}`;
  const loaded = loadConfig(text, { file: "tidegate.toml", environment: "production" });
  if (loaded.kind !== "ok") throw new Error(JSON.stringify(loaded.problems));
  const snapshot = compile(firstSnapshot(loaded.config, 1), undefined, Date.now(), 0);
  const request = new Request("https://wallet.example/.tidegate/status", {
    method,
    headers: { accept, "accept-language": "en" },
  });
  return statusAnswer({ request, path: "/.tidegate/status", snapshot }, () => line);
}

const LINE: PoolLine = {
  waiting: 3_912,
  estimatedWaitSeconds: { low: 361, high: 539 },
  history: Array.from({ length: 24 }, (_, hour) => hour),
};
async function parts(answer: Response | undefined): Promise<unknown[]> {
  const told = (await answer?.json()) as { parts: unknown[] } | undefined;
  return told?.parts ?? [];
}

describe("the status page", () => {
  it("is off unless it is configured", () => {
    expect(ask("")).toBeUndefined();
  });

  it("tells of the parts that are named, by their public names, and of no origin", async () => {
    expect(await parts(ask(STATUS))).toEqual([{ name: "Payments", state: "normal", planned: [] }]);
    const html = await ask(STATUS, BROWSER)?.text();
    expect(html).toContain("Payments");
    expect(html).toContain("Working normally");
    expect(html).not.toMatch(/secret|backoffice|hk\.example/);
  });

  it("tells how many wait and how long, in a page and to programs of every origin", async () => {
    const answer = ask(STATUS, "application/json", LINE);
    expect(answer?.headers.get("access-control-allow-origin")).toBe("*");
    expect(await parts(answer)).toMatchObject([{ state: "busy", waiting: 3_912, history: LINE.history }]);
    const html = await ask(STATUS, BROWSER, LINE)?.text();
    expect(html).toContain("People waiting: 3,912.");
    expect(html).toContain("6–9 minutes");
    expect(html?.match(/<rect/g)).toHaveLength(25);
  });

  it("hides the figures that the operator hides, and still says that it is busy", async () => {
    const hidden = `[page.status]\nfigures = false\npools = { wallet = { en = "Payments" } }\n`;
    expect(await parts(ask(hidden, "application/json", LINE))).toEqual([
      { name: "Payments", state: "busy", planned: [] },
    ]);
    expect(await ask(hidden, BROWSER, LINE)?.text()).not.toMatch(/3,?912|<rect/);
  });

  it("tells of maintenance of the whole part, on and to come, and not of one origin's", async () => {
    const window = (times: string, origin = "") => `[[maintenance]]\npool = "wallet"\n${origin}${times}`;
    const on = await parts(ask(STATUS + window(hours(-1, 1))));
    expect(on).toMatchObject([{ state: "maintenance", endsAt: expect.any(String) }]);
    const toCome = await parts(ask(STATUS + window(hours(1, 2))));
    expect(toCome).toMatchObject([{ state: "normal", planned: [{ startsAt: expect.any(String) }] }]);
    const inside = await parts(ask(STATUS + window(hours(1, 2), 'origin = "hk-secret"\n')));
    expect(inside).toEqual([{ name: "Payments", state: "normal", planned: [] }]);
  });

  it("is read, not written", () => {
    expect(ask(STATUS, BROWSER, undefined, "POST")).toBeUndefined();
  });
});
