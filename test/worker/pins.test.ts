import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { postWrite } from "./admin-client.ts";

describe("a pin", () => {
  it("cannot be had without a secret, and the answer says what to set", async () => {
    // The tests' environment has none.
    expect("TIDEGATE_SECRET" in env).toBe(false);
    const answer = await postWrite("/pins", { pool: "wallet", origin: "hk", minutes: 10 }, '"1"');
    expect(answer.status).toBe(503);
    expect(await answer.text()).toContain("TIDEGATE_SECRET");
  });
});
