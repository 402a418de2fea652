// The way to steer and to read a region from outside, on a port of its own so that no fault reaches it.
import { createServer, type Server } from "node:http";
import { json, readBody, send } from "./answer.ts";
import { type Counts, resetCounts } from "./counts.ts";
import { changeSettings, type Settings } from "./settings.ts";

const MAX_CHANGE_BYTES = 64 * 1024;

export interface Controlled {
  name: string;
  counts: Counts;
  settings(): Settings;
  /** Ends when the change is in force, for `refuse` when the port is closed. */
  change(settings: Settings): Promise<void>;
}

/** `/_region`: GET tells settings and counts, POST changes settings, DELETE starts the counts again. */
export function controlServer(region: Controlled): Server {
  const state = () => ({
    name: region.name,
    pid: process.pid,
    settings: region.settings(),
    counts: region.counts,
  });
  const answerTo = async (method: string, body: Buffer | undefined) => {
    if (method === "DELETE") resetCounts(region.counts);
    if (method === "POST") {
      const change = changeSettings(region.settings(), parse(body));
      if (change.kind === "invalid") return json(400, { error: change.reason });
      await region.change(change.settings);
    }
    return json(200, state());
  };
  return createServer(async (message, response) => {
    if (message.url !== "/_region") return send(response, json(404, { error: "only /_region is here" }));
    const body = await readBody(message, MAX_CHANGE_BYTES).catch(() => undefined);
    send(response, await answerTo(message.method ?? "GET", body));
  });
}

function parse(body: Buffer | undefined): unknown {
  try {
    return JSON.parse(body?.toString() ?? "");
  } catch {
    return undefined;
  }
}
