// Ending somebody's session by command, with real Room and Places objects behind a real edge's stage.
import { describe, expect, it } from "vitest";
import { endSession, seek } from "../../src/control/end-session.ts";
import { newRoomEdge, showing } from "./room-edge.ts";

/** SHA-256 of `key-of-ann`. */
const HASH = "ca64daa8b294dc4835d29ca02a6a47427ebc6a225ea3ac2e15f8417fb6601db2";
const IDENTITY = { api_keys: { header: "X-Api-Key", sha256: { ann: HASH } } };
const ANN = { "X-Api-Key": "key-of-ann" };

/** An edge whose one slot the first request has taken, which the Room knows of. */
async function occupied(headers: Record<string, string> = {}) {
  const edge = await newRoomEdge({ active_limit: 1 }, undefined, { identity: IDENTITY });
  const first = await edge.ask(headers);
  expect(first.status).toBe(200);
  await edge.settled();
  const end = (who: { kind: "user"; name: string } | { kind: "pass"; id: string }) => {
    const sought = seek(who, IDENTITY);
    return sought === undefined ? undefined : endSession("main", sought, edge.rooms.env);
  };
  return { edge, first, end };
}

describe("a session that an operator ends", { timeout: 30_000 }, () => {
  it("by a user's name frees the slot, and the pass lets nobody in again", async () => {
    const { edge, first, end } = await occupied(ANN);
    expect(await end({ kind: "user", name: "ann" })).toBe("active");
    expect(await edge.rooms.room("main").view()).toMatchObject({ active: 0 });
    expect(await edge.rooms.room("main").resume("nobodys", false)).toEqual({ kind: "gone" });
    // Edges hear of it with their next exchange: the one who waits gets the slot, and the pass is over.
    const waiting = await edge.ask();
    const next = () => edge.ask(showing(waiting));
    await expect.poll(async () => (await next()).status, { timeout: 10_000 }).toBe(200);
    await edge.settled();
    expect((await edge.ask({ ...showing(first), ...ANN })).status).toBe(503);
  });

  it("by a pass id does the same", async () => {
    const { edge, first, end } = await occupied();
    const text = first.response.headers.get("tidegate-pass") ?? "";
    const claims = JSON.parse(atob((text.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/")));
    expect(await end({ kind: "pass", id: claims.id })).toBe("active");
    expect(await edge.rooms.room("main").view()).toMatchObject({ active: 0 });
  });

  it("of somebody who is not there ends nothing, and a name that is nobody's leads to none", async () => {
    const { edge, end } = await occupied();
    expect(await end({ kind: "user", name: "ann" })).toBe("unknown");
    expect(await end({ kind: "pass", id: "nobodys" })).toBe("unknown");
    expect(await end({ kind: "user", name: "bob" })).toBeUndefined();
    expect(await edge.rooms.room("main").view()).toMatchObject({ active: 1 });
  });
});
