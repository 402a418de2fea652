import { describe, expect, it } from "vitest";
import { queueKeys } from "../../src/config/queue-keys.ts";
import { knownOwners, ownersOf } from "../../src/config/queue-owner.ts";
import type { Caller } from "../../src/policy/caller.ts";
import { bindingFor, ownershipOf } from "../../src/policy/queue-binding.ts";
import { OLD_SECRET, SECRET } from "../support/queue.ts";

const ANN: Caller = { address: "192.0.2.7", key: "ann", kind: "jwt" };
const SESSION: Caller = { address: "192.0.2.7", key: "ann", kind: "session" };
const AGENT = "Wallet/7.1 okhttp/4.12.0";

describe("the owners of a request", () => {
  it("are found in memory once they were made", async () => {
    const keys = await queueKeys(`${SECRET},memory-of-owners-0123456789`);
    expect(knownOwners(keys, ANN, AGENT)).toBeUndefined();
    const made = await ownersOf(keys, ANN, AGENT);
    expect(knownOwners(keys, ANN, AGENT)).toEqual(made);
    expect(knownOwners(keys, SESSION, AGENT)).toEqual({ ...made, identity: undefined });
    expect(knownOwners(keys, { ...ANN, key: "bob" }, AGENT)).toBeUndefined();
    expect(knownOwners(keys, { ...ANN, address: "192.0.2.8" }, AGENT)).toBeUndefined();
    expect(knownOwners(keys, ANN, "curl/8")).toBeUndefined();
  });

  it("have an identity only where it was verified", async () => {
    const keys = await queueKeys(SECRET);
    expect((await ownersOf(keys, SESSION, AGENT)).identity).toBeUndefined();
    expect((await ownersOf(keys, ANN, AGENT)).identity).toHaveLength(1);
    expect((await ownersOf(keys, { ...ANN, kind: "api-key" }, AGENT)).identity).toHaveLength(1);
  });

  it("tell nothing of a user, and are the same on every edge", async () => {
    const keys = await queueKeys(SECRET);
    const binding = bindingFor("client", await ownersOf(keys, ANN, AGENT));
    expect(binding).toMatch(/^c[\w-]{16}\.i[\w-]{16}$/);
    expect(binding).not.toContain("ann");
    const others = await queueKeys(OLD_SECRET);
    expect(bindingFor("client", await ownersOf(others, ANN, AGENT))).not.toBe(binding);
    const again = await queueKeys(`${SECRET},another-list-0123456789`);
    expect(bindingFor("client", await ownersOf(again, ANN, AGENT))).toBe(binding);
  });

  it("still fit what was bound before a secret was changed", async () => {
    const binding = bindingFor("client", await ownersOf(await queueKeys(OLD_SECRET), ANN, AGENT));
    const both = await queueKeys(`${SECRET},${OLD_SECRET}`);
    expect(ownershipOf(binding, await ownersOf(both, ANN, AGENT))).toBe("theirs");
    expect(ownershipOf(binding, await ownersOf(both, SESSION, AGENT))).toBe("logged-out");
    expect(ownershipOf(binding, await ownersOf(both, { ...ANN, key: "bob" }, AGENT))).toBe("somebody-elses");
    const after = await queueKeys(SECRET);
    expect(ownershipOf(binding, await ownersOf(after, ANN, AGENT))).toBe("somebody-elses");
  });

  it("know a client by what stays of its name", async () => {
    const keys = await queueKeys(SECRET);
    const binding = bindingFor("client", await ownersOf(keys, SESSION, "Wallet/7.1 NetType/WIFI"));
    const elsewhere = { ...SESSION, address: "198.51.100.1" };
    expect(ownershipOf(binding, await ownersOf(keys, elsewhere, "Wallet/7.2 NetType/5G"))).toBe("theirs");
  });
});
