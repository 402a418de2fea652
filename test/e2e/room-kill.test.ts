// A room whose machine dies at any moment: nobody loses a place, nobody is let in twice, the limit holds.
import { beforeAll, describe, expect, it } from "vitest";
import { Crowd, grownPositions, peakActive, sleep } from "../../scripts/lib/crowd.ts";
import { startEdge } from "../support/edge.ts";
import { type Region, startRegion } from "../support/region.ts";
import { roomConfig, roomStatus } from "../support/rooms.ts";

let hk: Region;
beforeAll(async () => {
  hk = await startRegion("hk");
});

describe("a room of 10 that is killed again and again", () => {
  it("keeps places, positions and the limit", async () => {
    const limit = 10;
    const users = 60;
    const edge = await startEdge({
      config: roomConfig(hk.url, { active_limit: limit, session: "2s" }),
      edges: 2,
    });
    const crowd = new Crowd({ urls: edge.urls });
    let isDone = false;
    const statuses: number[] = [];
    const killing = (async () => {
      for (let kills = 0; kills < 3 && !isDone; kills++) {
        await sleep(1_500 + Math.random() * 2_500);
        await edge.kill9();
        await edge.restart();
        const { active, leased } = await roomStatus(edge);
        statuses.push(active + leased);
      }
    })();
    await Promise.all(
      Array.from({ length: users }, async (_, index) => {
        await sleep((index * 500) / users);
        const visitor = await crowd.join(index);
        await crowd.wait(visitor);
        await crowd.stay(visitor, { forMs: 1_000, everyMs: 400 });
      }),
    );
    isDone = true;
    await killing;
    const { visitors } = crowd;
    expect(visitors.filter(({ admittedAtMs }) => admittedAtMs === undefined)).toHaveLength(0);
    expect(visitors.flatMap(({ turnedAway }) => turnedAway)).toHaveLength(0);
    expect(grownPositions(visitors)).toHaveLength(0);
    expect(peakActive(visitors, 2_000, true)).toBeLessThanOrEqual(limit);
    expect(Math.max(0, ...statuses)).toBeLessThanOrEqual(limit);
    // First come, first served, over every death: who came two seconds later is not in before.
    crowd.close();
    await edge.stop();
  });
});
