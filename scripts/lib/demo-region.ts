/** A demo region as a process of its own, which ends with this one, and the way to break and mend it. */
import { CommandError } from "../cli/errors.ts";
import type { Settings } from "../demo/settings.ts";
import { type GuardedProcess, startGuarded } from "./guarded.ts";
import { inProject } from "./paths.ts";

export interface DemoRegion extends GuardedProcess {
  readonly name: string;
  change(settings: Partial<Settings>): Promise<void>;
}

/** Resolves once the region listens. @throws with what it said when it does not */
export async function startDemoRegion(name: string, port: number): Promise<DemoRegion> {
  const said: string[] = [];
  let controlUrl = "";
  const listening = Promise.withResolvers<void>();
  const region = startGuarded(
    process.execPath,
    [inProject("scripts/demo/region.ts"), "--name", name, "--port", String(port)],
    process.env,
    (line) => {
      said.push(line);
      if (line.startsWith("control on ")) controlUrl = line.slice("control on ".length);
      if (line.startsWith(`region ${name} on `)) listening.resolve();
    },
  );
  void region.ended.then(() => {
    listening.reject(new CommandError(`region ${name} does not start at port ${port}:\n${said.join("\n")}`));
  });
  await listening.promise;
  return {
    ...region,
    name,
    async change(settings) {
      const url = new URL("/_region", controlUrl);
      const answer = await fetch(url, { method: "POST", body: JSON.stringify(settings) });
      if (!answer.ok) throw new CommandError(`region ${name} does not change: ${await answer.text()}`);
    },
  };
}
