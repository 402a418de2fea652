// An audit that a flood of failed logins has made long: a backup is still one that can be taken back.
import { runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { verifyChains } from "../../src/config/audit-record.ts";
import { AuditStore } from "../../src/control/audit-store.ts";
import { actorOf, newControl } from "./support.ts";

describe("a long audit", () => {
  it("gives its newest records up to a size, oldest first, and tells how many are left out", async () => {
    await runInDurableObject(newControl(), (_, { storage }) => {
      const store = new AuditStore(storage.sql);
      for (let index = 1; index <= 30; index++) {
        const at = new Date().toISOString();
        const entry = {
          at,
          actor: actorOf("unknown"),
          action: "login-failed",
          target: "",
          reason: "x".repeat(1000),
        };
        store.append({ ...entry, fromVersion: 0, toVersion: 0, changes: [] });
      }
      const { records, omitted } = store.newest(20_000);
      expect(records.length + omitted).toBe(30);
      expect(records.map(({ seq }) => seq)).toEqual(Array.from(records, (__, index) => omitted + 1 + index));
      expect(JSON.stringify(records).length).toBeLessThan(20_100);
      expect(verifyChains(records).kind).toBe("broken");
      expect(verifyChains(records, { mayBeginLater: true }).kind).toBe("ok");
      expect(store.newest(10_000_000)).toMatchObject({ omitted: 0 });
    });
  });
});
