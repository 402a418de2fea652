/** Serves the preview: an index that shows one page at a time, and each page as the edge would answer it. */
import { existsSync, type FSWatcher, watch } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import type { Page as PageConfig } from "../../src/config/load.ts";
import { isLanguage, type Language } from "../../src/pages/languages.ts";
import { siteFor } from "../../src/pages/site.ts";
import { previewIndex, problemPage } from "./index-page.tsx";
import { SAMPLES } from "./samples.ts";

export interface Preview {
  readonly url: string;
  close(): void;
}

export interface PreviewOptions {
  /** Watched; asked for again after each change, since it may name others. Absolute. */
  readonly files: () => readonly string[];
  readonly port: number;
  /** `[page]` of the file; throws what is wrong with it. */
  readonly read: () => PageConfig;
}

const NONCE = "preview";
/** An editor writes a file in several steps. */
const SETTLE_MS = 50;

/** A file with mistakes shows them instead of pages, and the pages again once they are mended. */
export async function servePreview({ files, port, read }: PreviewOptions): Promise<Preview> {
  const listeners = new Set<ServerResponse>();
  const watcher = onChange(files, () => {
    for (const listener of listeners) listener.write("data: changed\n\n");
  });
  const server = createServer(({ url = "/" }, response) => {
    const { pathname, searchParams } = new URL(url, "http://preview.invalid");
    if (pathname === "/changes") {
      response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
      listeners.add(response);
      response.on("close", () => listeners.delete(response));
      return;
    }
    const asked = searchParams.get("language");
    const language: Language = isLanguage(asked) ? asked : "zh-CN";
    const [status, html] = answer(pathname, language, searchParams.get("app") === "old", read);
    response.writeHead(status, { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" });
    response.end(html);
  });
  await new Promise<void>((listening) => server.listen(port, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      watcher.close();
      server.closeAllConnections();
      server.close();
    },
  };
}

function answer(path: string, language: Language, isOld: boolean, read: () => PageConfig): [number, string] {
  if (path === "/") return [200, previewIndex(SAMPLES.map(({ name }) => name))];
  const sample = SAMPLES.find(({ name }) => path === `/${name}`);
  if (sample === undefined) return [404, problemPage("There is no such page.")];
  try {
    const nowMs = Date.now();
    const { kind, again, render } = sample;
    const site = siteFor(read(), { kind, wanted: [language], appVersion: isOld ? "0" : undefined, nowMs });
    return [200, render({ language, again, site, nonce: NONCE }, nowMs).html];
  } catch (error) {
    return [422, problemPage(error instanceof Error ? error.message : String(error))];
  }
}

/** Folders are watched: editors replace files, and a watch on the file would stay with the old one. */
function onChange(files: () => readonly string[], tell: () => void): { close(): void } {
  let timer: NodeJS.Timeout | undefined;
  let watchers: FSWatcher[] = [];
  const close = () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
  const changed = () => {
    look();
    tell();
  };
  const look = () => {
    close();
    const watched = files();
    const folders = [...new Set(watched.map((file) => dirname(file)))].filter((folder) => existsSync(folder));
    watchers = folders.map((folder) =>
      watch(folder, (_, name) => {
        if (name === null || !watched.includes(join(folder, name))) return;
        clearTimeout(timer);
        timer = setTimeout(changed, SETTLE_MS);
      }),
    );
  };
  look();
  return { close };
}
