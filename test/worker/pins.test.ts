import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { askAdmin } from "./admin-client.ts";

describe("a pin", () => {
  it("cannot be had without a secret, and the answer says what to set", async () => {
    // The tests' environment has none.
    expect("TIDEGATE_SECRET" in env).toBe(false);
    const body = JSON.stringify({ pool: "wallet", origin: "hk", minutes: 10 });
    const answer = await askAdmin("/pins", {
      method: "POST",
      body,
      headers: { "content-type": "application/json" },
    });
    expect(answer.status).toBe(503);
    expect(await answer.text()).toContain("TIDEGATE_SECRET");
  });
});
