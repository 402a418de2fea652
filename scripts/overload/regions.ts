/** Demo regions as processes of their own, for commands: started, steered and read through their control ports. */
import type { Counts } from "../demo/counts.ts";
import type { Settings } from "../demo/settings.ts";
import { freePorts } from "../lib/free-ports.ts";
import { startGuarded } from "../lib/guarded.ts";
import { inProject } from "../lib/paths.ts";

export interface Region {
  readonly url: string;
  set(change: Partial<Settings>): Promise<void>;
  counts(): Promise<Counts>;
  stop(): Promise<void>;
}

export async function startRegion(name: string, settings: Partial<Settings>): Promise<Region> {
  const said: string[] = [];
  const listening = Promise.withResolvers<void>();
  const args = ["--name", name, "--port", String(await freePorts(1))];
  const region = startGuarded(
    process.execPath,
    [inProject("scripts/demo/region.ts"), ...args],
    process.env,
    (line) => {
      said.push(line);
      if (line.startsWith("region ")) listening.resolve();
    },
  );
  void region.ended.then(() => listening.reject(new Error(`region ${name} ended: ${said.join("\n")}`)));
  await listening.promise;
  const find = (pattern: RegExp) => pattern.exec(said.join("\n"))?.[1] ?? "";
  const controlUrl = `${find(/control on (http:\S+)/)}/_region`;
  const ask = async (init: RequestInit) => {
    const answer = await fetch(controlUrl, init);
    if (!answer.ok) throw new Error(`region ${name}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as { counts: Counts };
  };
  const set = async (change: Partial<Settings>) =>
    void (await ask({ method: "POST", body: JSON.stringify(change) }));
  await set(settings);
  return {
    url: find(/region \S+ on (http:\S+)/),
    set,
    counts: async () => (await ask({})).counts,
    stop: () => region.stop(),
  };
}
