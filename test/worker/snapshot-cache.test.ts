import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Env } from "../../src/config/env.ts";
import { encodeSlots } from "../../src/config/slots-codec.ts";
import { cacheKey } from "../../src/edge/snapshot-cache.ts";
import { walletSnapshot } from "./support.ts";

const NOW_MS = 1_700_000_000_000;
const SHARED = {
  etag: "control:3",
  takenAtMs: NOW_MS,
  snapshot: walletSnapshot({ hk: 50, sg: 30, fra: 20 }, 3),
};
const CACHE_KEY = cacheKey(env);

/** The cache client of one edge: its own copy of the module. */
async function newEdge() {
  vi.resetModules();
  return import("../../src/edge/snapshot-cache.ts");
}

/** Puts any text where edges share their snapshot. */
function putText(text: string): Promise<void> {
  return caches.default.put(CACHE_KEY, new Response(text, { headers: { "cache-control": "max-age=60" } }));
}

const form = (more: Record<string, unknown> = {}) => ({
  etag: SHARED.etag,
  takenAtMs: NOW_MS,
  version: 3,
  config: SHARED.snapshot.config,
  slots: encodeSlots(SHARED.snapshot.slots),
  health: SHARED.snapshot.health,
  overrides: SHARED.snapshot.overrides,
  sharding: SHARED.snapshot.sharding,
  rooms: SHARED.snapshot.rooms,
  announcements: SHARED.snapshot.announcements,
  ...more,
});

beforeEach(async () => {
  await caches.default.delete(CACHE_KEY);
});

describe("a snapshot that an edge shared", () => {
  it("is what another edge of the same place reads, whole, up to half a second later", async () => {
    const first = await newEdge();
    await first.share(env, SHARED);
    const second = await newEdge();
    expect(await second.readShared(env, NOW_MS)).toEqual(SHARED);
    expect((await second.readShared(env, NOW_MS + 499))?.etag).toBe(SHARED.etag);
  });

  it("is not read when it is half a second old or older", async () => {
    const first = await newEdge();
    await first.share(env, SHARED);
    const second = await newEdge();
    for (const ageMs of [500, 999, 60_000]) {
      expect(await second.readShared(env, NOW_MS + ageMs)).toBeUndefined();
    }
  });

  it("is not read when it is from a time to come", async () => {
    const first = await newEdge();
    await first.share(env, SHARED);
    expect(await (await newEdge()).readShared(env, NOW_MS - 1)).toBeUndefined();
  });

  it("is replaced by a newer one", async () => {
    const edge = await newEdge();
    const newer = { etag: "control:4", takenAtMs: NOW_MS + 300, snapshot: walletSnapshot({ hk: 1 }, 4) };
    await edge.share(env, SHARED);
    await edge.share(env, newer);
    expect((await (await newEdge()).readShared(env, NOW_MS + 400))?.etag).toBe("control:4");
  });

  it("is not read by edges of another deployment, which have another Control object", async () => {
    const other: Env = {
      ...env,
      CONTROL: { idFromName: () => env.CONTROL.idFromName("other") } as unknown as Env["CONTROL"],
    };
    const edge = await newEdge();
    await edge.share(env, SHARED);
    expect(await edge.readShared(other, NOW_MS)).toBeUndefined();
  });

  it("is undefined when nobody has shared one", async () => {
    expect(await (await newEdge()).readShared(env, NOW_MS)).toBeUndefined();
  });
});

describe("a form of what edges share", () => {
  it("is read when it is whole, so that the tests of broken ones each miss one part only", async () => {
    await putText(JSON.stringify(form()));
    expect(await (await newEdge()).readShared(env, NOW_MS)).toEqual(SHARED);
  });
});

describe("broken content in the colo's cache", () => {
  it.each([
    ["no JSON", "<html>"],
    ["nothing", ""],
    ["another value", "null"],
    ["an empty object", "{}"],
    ["no time", JSON.stringify(form({ takenAtMs: undefined }))],
    ["a time that is no number", JSON.stringify(form({ takenAtMs: "now" }))],
    ["slots of another form", JSON.stringify(form({ slots: "{}" }))],
    ["slots that were cut off", JSON.stringify(form({ slots: '[["wallet",["hk"],"AAAA"]]' }))],
    ["no configuration", JSON.stringify(form({ config: undefined }))],
    ["no health, as a release before it wrote", JSON.stringify(form({ health: undefined }))],
    ["no sharding, as a release before it wrote", JSON.stringify(form({ sharding: undefined }))],
    ["no announcements", JSON.stringify(form({ announcements: undefined }))],
    ["no rooms, as a release before it wrote", JSON.stringify(form({ rooms: undefined }))],
    ["no overrides", JSON.stringify(form({ overrides: undefined }))],
    ["no version", JSON.stringify(form({ version: undefined }))],
    ["no tag", JSON.stringify(form({ etag: undefined }))],
  ])("is ignored: %s", async (_, text) => {
    const edge = await newEdge();
    await putText(text);
    const read = await edge.readShared(env, NOW_MS);
    expect(read?.takenAtMs ?? "nothing").toBe("nothing");
  });

  it("does not keep an edge from the good content that follows", async () => {
    const edge = await newEdge();
    await putText("<html>");
    await edge.readShared(env, NOW_MS);
    await edge.share(env, SHARED);
    expect((await edge.readShared(env, NOW_MS))?.etag).toBe(SHARED.etag);
  });
});

describe("a runtime without a cache", () => {
  it("is asked once and then left alone", async () => {
    const match = vi.spyOn(caches.default, "match").mockRejectedValue(new Error("no cache"));
    try {
      const edge = await newEdge();
      expect(await edge.readShared(env, NOW_MS)).toBeUndefined();
      expect(await edge.readShared(env, NOW_MS)).toBeUndefined();
      await edge.share(env, SHARED);
      expect(match).toHaveBeenCalledTimes(1);
    } finally {
      match.mockRestore();
    }
  });
});
