// The regions of the fault matrix as one real process, and what they counted of a user.
import { start } from "./processes.ts";
import type { Counts } from "./region.ts";

export interface Place {
  readonly name: string;
  readonly url: string;
}

export interface FaultOrigins {
  /** The region with this fault; `none` are well. Three of each, by index. */
  at(fault: string, index: number): Place;
  /** Requests by user and payments by their ids, over all regions. */
  counted(): Promise<{ byUser: ReadonlyMap<string, number>; byPayment: ReadonlyMap<string, number> }>;
}

/** Assigned to nobody (IANA), and none that the Fetch standard blocks. */
const CLOSED_PORTS = [4, 6, 8];

export async function startFaultOrigins(): Promise<FaultOrigins> {
  const running = start(process.execPath, ["test/support/fault-regions.ts"]);
  const [, json = "{}"] = await running.waitFor(/^regions (\{.*\})$/m);
  const regions = JSON.parse(json) as Record<string, { url: string; controlUrl: string }>;
  const countsOf = async ({ controlUrl }: { controlUrl: string }) => {
    const answer = await fetch(`${controlUrl}/_region`);
    return ((await answer.json()) as { counts: Counts }).counts;
  };
  return {
    at(fault, index) {
      const name = `${fault}-${index}`;
      // A port that a region has closed may be another test's a moment later; below 1024 nobody is given one.
      const url = fault === "refuse" ? `http://127.0.0.1:${CLOSED_PORTS[index]}` : regions[name]?.url;
      return { name, url: url ?? "" };
    },
    async counted() {
      const all = await Promise.all(Object.values(regions).map(countsOf));
      return { byUser: summed(all, "byUser"), byPayment: summed(all, "byPayment") };
    },
  };
}

function summed(all: readonly Counts[], member: "byUser" | "byPayment"): Map<string, number> {
  const sums = new Map<string, number>();
  for (const counts of all) {
    for (const [name, times] of Object.entries(counts[member])) {
      const key = member === "byUser" ? decodeURIComponent(name) : name;
      sums.set(key, (sums.get(key) ?? 0) + times);
    }
  }
  return sums;
}
