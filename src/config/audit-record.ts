/** What the audit keeps of a write or a failed login, and the chain of hashes that shows if a record was touched. */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import type { ValueChange } from "./diff.ts";

/** Who did it, as the API knows them. */
export interface Actor {
  readonly name: string;
  readonly role: "viewer" | "operator" | "admin" | "none";
  /** How they proved it. */
  readonly via: "secret" | "token" | "access" | "none";
  /** The client's address; "" where it is not known. */
  readonly address: string;
}

export interface AuditEntry {
  /** UTC, RFC 3339. */
  readonly at: string;
  readonly actor: Actor;
  /** The kind of edit, or `login-failed`, `token-add`, `pin` and others. */
  readonly action: string;
  /** What it was done to, in words; "" where the changes say it. */
  readonly target: string;
  readonly reason: string;
  readonly fromVersion: number;
  readonly toVersion: number;
  /** Each value before and after. */
  readonly changes: readonly ValueChange[];
}

/** An entry in its chain. A chain has one writer: an import brings another's, which stays apart. */
export interface AuditRecord extends AuditEntry {
  readonly chain: string;
  /** From 1, without a gap. */
  readonly seq: number;
  /** The hash of the record before; of the first, {@link NO_HASH}. */
  readonly previous: string;
  /** SHA-256 of all members above as JSON, in their order; hex. */
  readonly hash: string;
}

export interface ChainHead {
  readonly chain: string;
  readonly seq: number;
  readonly hash: string;
}

export const NO_HASH = "0".repeat(64);

/** Synchronous, so that a write and its record are one transaction: crypto.subtle would let others in between. */
export function chainRecord(head: ChainHead, entry: AuditEntry): AuditRecord {
  const unsealed = { chain: head.chain, seq: head.seq + 1, ...entry, previous: head.hash };
  return { ...unsealed, hash: sealOf(unsealed) };
}

export type ChainCheck =
  | { readonly kind: "ok"; readonly heads: readonly ChainHead[]; readonly records: number }
  | { readonly kind: "broken"; readonly at: string; readonly why: string };

/** Checks records of one or more chains, each in its order. An end that was cut off shows only against a known head. */
export function verifyChains(
  records: readonly unknown[],
  /** Takes a chain whose beginning is elsewhere: nothing shows then whether that was touched. */
  { mayBeginLater = false } = {},
): ChainCheck {
  const heads = new Map<string, ChainHead>();
  for (const [index, record] of records.entries()) {
    const place = `record ${index + 1}`;
    if (!isRecord(record)) return { kind: "broken", at: place, why: "it is no record" };
    const { hash, ...unsealed } = record;
    const beginning = mayBeginLater
      ? { seq: record.seq - 1, hash: record.previous }
      : { seq: 0, hash: NO_HASH };
    const head = heads.get(record.chain) ?? { chain: record.chain, ...beginning };
    const at = `${place} (${record.chain.slice(0, 8)} ${record.seq})`;
    if (record.seq !== head.seq + 1)
      return { kind: "broken", at, why: `number ${head.seq + 1} is missing before it` };
    if (record.previous !== head.hash)
      return { kind: "broken", at, why: "it does not follow the record before" };
    if (sealOf(unsealed) !== hash) return { kind: "broken", at, why: "its content is not what was sealed" };
    heads.set(record.chain, { chain: record.chain, seq: record.seq, hash });
  }
  return { kind: "ok", heads: [...heads.values()], records: records.length };
}

function sealOf(unsealed: Omit<AuditRecord, "hash">): string {
  return bytesToHex(sha256(utf8ToBytes(JSON.stringify(unsealed))));
}

function isRecord(value: unknown): value is AuditRecord {
  if (typeof value !== "object" || value === null) return false;
  const { chain, seq, previous, hash } = value as Record<string, unknown>;
  return (
    typeof chain === "string" &&
    typeof seq === "number" &&
    typeof previous === "string" &&
    typeof hash === "string"
  );
}
