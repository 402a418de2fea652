// `tidegate preview`: every page in every language, and again when the file changes.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { filesOf, readConfig } from "../../scripts/cli/config-file.ts";
import { SAMPLES } from "../../scripts/preview/samples.ts";
import { type Preview, servePreview } from "../../scripts/preview/server.ts";
import { LANGUAGES } from "../support/pages.ts";
import { TEMPLATE } from "../support/template.ts";
import { useSetting } from "./setting.ts";

const setting = useSetting();
const folder = mkdtempSync(join(tmpdir(), "tidegate-preview-"));
const file = join(folder, "tidegate.toml");
const write = (page: string) =>
  writeFileSync(
    file,
    `[[pools]]\nname = "wallet"\n[[pools.origins]]\nname = "hk"\nurl = "https://hk.example"\n[[routes]]\npath = "/*"\npool = "wallet"\n[page]\n${page}\n`,
  );
let preview: Preview | undefined;

async function start(): Promise<string> {
  const read = () => readConfig(file, { environment: "development" }).loaded.config.page;
  preview = await servePreview({ files: () => filesOf(file), port: 0, read });
  return preview.url;
}

afterEach(() => preview?.close());
afterAll(() => rmSync(folder, { recursive: true }));

describe("the preview", () => {
  it("has every page in every language, with the operator's brand", async () => {
    write('brand = "Cloud Wallet"');
    const url = await start();
    for (const { name } of SAMPLES) {
      for (const language of LANGUAGES) {
        const answer = await fetch(`${url}/${name}?language=${language}`);
        expect(answer.status).toBe(200);
        const html = await answer.text();
        expect(html).toContain(`<html lang="${language}"`);
        expect(html).toContain("Cloud Wallet");
      }
    }
  });

  it("reloads when the file changes, and shows its mistakes until they are mended", async () => {
    write('brand = "First"');
    const url = await start();
    const page = await setting.open("/");
    await page.goto(url);
    const frame = page.frameLocator("iframe");
    await frame.getByText("First").waitFor();
    write('brand = "Second"');
    await frame.getByText("Second").waitFor();
    write('color = "#ffff00"');
    await frame.getByText("TG2105").waitFor();
    write('brand = "Third"');
    await frame.getByText("Third").waitFor();
  });

  it("reloads when the template's file changes, and shows its mistakes until they are mended", async () => {
    const template = join(folder, "page.html");
    const framed = (word: string) => TEMPLATE.replace("<main>", `<p>${word}</p><main>`);
    write('template = "page.html"');
    const url = await start();
    const page = await setting.open("/");
    await page.goto(url);
    const frame = page.frameLocator("iframe");
    await frame.getByText("page.html cannot be read").waitFor();
    writeFileSync(template, framed("Harbour"));
    await frame.getByText("Harbour").waitFor();
    writeFileSync(template, framed("Harbour").replace("{{footer}}", ""));
    await frame.getByText("the slot {{footer}} once").waitFor();
    writeFileSync(template, framed("Lighthouse"));
    await frame.getByText("Lighthouse").waitFor();
  });
});
