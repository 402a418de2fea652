import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type AuditEntry,
  type AuditRecord,
  chainRecord,
  NO_HASH,
  verifyChains,
} from "../../src/config/audit-record.ts";

const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
const entry: fc.Arbitrary<AuditEntry> = fc.record({
  at: fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  actor: fc.record({
    name: fc.string(),
    role: fc.constantFrom("viewer", "operator", "admin", "none"),
    via: fc.constantFrom("secret", "token", "access", "none"),
    address: fc.string(),
  }),
  action: fc.string(),
  target: fc.string(),
  reason: fc.string(),
  fromVersion: fc.nat(),
  toVersion: fc.nat(),
  changes: fc.array(
    fc.record({ path: fc.string(), before: value, after: value }, { requiredKeys: ["path"] }),
    { maxLength: 3 },
  ),
});
const entries = fc.array(entry, { minLength: 1, maxLength: 8 });

function chained(all: readonly AuditEntry[], chain = "one"): AuditRecord[] {
  const records: AuditRecord[] = [];
  for (const one of all) {
    const last = records.at(-1);
    records.push(chainRecord({ chain, seq: last?.seq ?? 0, hash: last?.hash ?? NO_HASH }, one));
  }
  return records;
}

/** As it comes back from storage, or from a file of JSON lines. */
const stored = (records: readonly AuditRecord[]) =>
  records.map((record) => JSON.parse(JSON.stringify(record)));

describe("a chain of audit records", () => {
  it("is whole after storage, whatever was recorded", () => {
    fc.assert(
      fc.property(entries, (all) => {
        const check = verifyChains(stored(chained(all)));
        expect(check).toMatchObject({ kind: "ok", records: all.length });
      }),
    );
  });

  it("is sealed by SHA-256 over the record's JSON, as anybody can work out", () => {
    fc.assert(
      fc.property(entries, (all) => {
        for (const { hash, ...unsealed } of stored(chained(all))) {
          expect(createHash("sha256").update(JSON.stringify(unsealed)).digest("hex")).toBe(hash);
        }
      }),
    );
  });

  it("is broken by any other value anywhere in any record", () => {
    const leaves = (record: object, path: string[] = []): string[][] =>
      Object.entries(record).flatMap(([key, inner]) =>
        typeof inner === "object" && inner !== null && Object.keys(inner).length > 0
          ? leaves(inner, [...path, key])
          : [[...path, key]],
      );
    fc.assert(
      fc.property(entries, fc.nat(), fc.nat(), (all, which, what) => {
        const records = stored(chained(all));
        const record = records[which % records.length] as Record<string, unknown>;
        const places = leaves(record);
        const path = [...(places[what % places.length] ?? [])];
        const key = path.pop() ?? "";
        const inner = path.reduce<Record<string, unknown>>(
          (table, part) => table[part] as Record<string, unknown>,
          record,
        );
        inner[key] = inner[key] === "another" ? "one more" : "another";
        expect(verifyChains(records).kind).toBe("broken");
      }),
    );
  });

  it("is broken by a record that is missing before the end, comes twice, or changed places", () => {
    fc.assert(
      fc.property(fc.array(entry, { minLength: 2, maxLength: 8 }), fc.nat(), (all, where) => {
        const records = stored(chained(all));
        const index = where % (records.length - 1);
        expect(verifyChains(records.toSpliced(index, 1)).kind).toBe("broken");
        expect(verifyChains(records.toSpliced(index, 0, records[index])).kind).toBe("broken");
        const swapped = records.with(index, records[index + 1]).with(index + 1, records[index]);
        expect(verifyChains(swapped).kind).toBe("broken");
      }),
    );
  });

  it("tells its head, against which a cut-off end shows", () => {
    fc.assert(
      fc.property(entries, (all) => {
        const records = chained(all);
        expect(verifyChains(stored(records.slice(1)), { mayBeginLater: true }).kind).toBe("ok");
        const cut = verifyChains(stored(records.slice(0, -1)));
        const whole = verifyChains(stored(records));
        const headOf = (check: typeof cut) => (check.kind === "ok" ? check.heads[0]?.hash : undefined);
        expect(headOf(whole)).toBe(records.at(-1)?.hash);
        expect(headOf(cut)).not.toBe(records.at(-1)?.hash);
      }),
    );
  });

  it("may stand between records of another chain", () => {
    fc.assert(
      fc.property(entries, entries, (all, others) => {
        const [one, other] = [chained(all), chained(others, "other")];
        const mixed = one.flatMap((record, index) => [record, ...other.slice(index, index + 1)]);
        expect(verifyChains(stored(mixed)).kind).toBe("ok");
      }),
    );
  });

  it.each([[undefined], [null], [7], ["text"], [[]], [{}], [{ chain: "one", seq: "1" }]])(
    "is broken by what is no record: %j",
    (record) => {
      expect(verifyChains([record]).kind).toBe("broken");
    },
  );
});
