// A crowd larger than its room, over eight edges: never more in than the limit, nobody lost, no place given away.
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  Crowd,
  grownPositions,
  issueErrors,
  peakActive,
  sleep,
  type Visitor,
} from "../../scripts/lib/crowd.ts";
import { percentile } from "../../scripts/lib/percentile.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { type Region, startRegion } from "../support/region.ts";
import { roomConfig, roomStatus } from "../support/rooms.ts";

const EDGES = 8;

let hk: Region;
beforeAll(async () => {
  hk = await startRegion("hk");
});

const crowds: Crowd[] = [];
afterEach(() => {
  for (const crowd of crowds.splice(0)) crowd.close();
});

function crowdAt(edge: Edge): Crowd {
  const crowd = new Crowd({ urls: edge.urls });
  crowds.push(crowd);
  return crowd;
}

describe("a room of 40 with 120 users over eight edges", () => {
  it("lets everybody in, never more than 40 at once, and no position grows", async () => {
    const limit = 40;
    const users = 120;
    const sessionMs = 3_000;
    const edge = await startEdge({
      config: roomConfig(hk.url, { active_limit: limit, session: "3s" }),
      edges: EDGES,
    });
    const crowd = crowdAt(edge);
    const statuses: number[] = [];
    let isDone = false;
    const watching = (async () => {
      while (!isDone) {
        const { active, leased } = await roomStatus(edge);
        statuses.push(active + leased);
        await sleep(100);
      }
    })();
    await Promise.all(
      Array.from({ length: users }, async (_, index) => {
        await sleep((index * 1_000) / users);
        const visitor = await crowd.join(index);
        await crowd.wait(visitor);
        await crowd.stay(visitor, { forMs: 1_000, everyMs: 400 });
      }),
    );
    isDone = true;
    await watching;
    const { visitors } = crowd;
    expect(visitors.filter(({ admittedAtMs }) => admittedAtMs === undefined)).toHaveLength(0);
    expect(visitors.flatMap(({ turnedAway }) => turnedAway)).toHaveLength(0);
    expect(peakActive(visitors, sessionMs)).toBeLessThanOrEqual(limit);
    expect(Math.max(...statuses)).toBeLessThanOrEqual(limit);
    expect(grownPositions(visitors)).toHaveLength(0);
    // Nobody was let in from the line while they came, so each has as many ahead as tickets are older.
    const places = issueErrors(visitors).map(({ error }) => Math.abs(error));
    expect(places.length).toBeGreaterThan(users / 2);
    expect(places.filter((error) => error > 2).length).toBeLessThanOrEqual(0.05 * places.length);
    console.log(`room of ${limit}, ${users} users: ${figures(visitors)}`);
    await edge.stop();
  });
});

function figures(visitors: readonly Visitor[]): string {
  const waits = visitors
    .map(({ joinedAtMs, admittedAtMs }) => ((admittedAtMs ?? Number.NaN) - joinedAtMs) / 1000)
    .sort((one, other) => one - other);
  const polls = visitors.reduce((sum, visitor) => sum + visitor.polls, 0);
  const last = waits.at(-1) ?? 0;
  const errors = issueErrors(visitors).map(({ error }) => Math.abs(error));
  const off = `first places off by ${percentile(errors, 0.95)} at p95, ${Math.max(...errors)} at most`;
  return `${off}, last in after ${last.toFixed(1)} s, ${(polls / visitors.length).toFixed(1)} polls a user`;
}
