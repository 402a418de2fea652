/** What the operators' API and Control tell each other of people, their tokens and the audit: plain data. */
import type { Role } from "./admin/edits.ts";
import type { Actor, AuditRecord } from "./audit-record.ts";
import type { ValueChange } from "./diff.ts";

/** What a request shows of who asks. Tokens come as their SHA-256 only. */
export type Login = {
  /** What failures are counted by; "" where the address is not known. */
  readonly addressKey: string;
  readonly address: string;
} & (
  | { readonly via: "secret"; readonly isRight: boolean }
  | { readonly via: "token"; readonly id: string; readonly sha256: string }
  /** Verified: the e-mail address or the service token's name. */
  | { readonly via: "access"; readonly person: string }
  /** Nothing, or what proves nobody. */
  | { readonly via: "none" }
) & {
    /** Whether the secret of the deployment is there. */
    readonly hasSecret: boolean;
  };

export type Access =
  | { readonly kind: "granted"; readonly actor: Actor }
  | { readonly kind: "denied" }
  /** The address has shown too many wrong tokens. */
  | { readonly kind: "limited"; readonly untilMs: number }
  /** There is nothing that could let anybody in. */
  | { readonly kind: "disabled" };

/** A token as it is kept: the hash stays in Control. */
export interface NamedToken {
  readonly name: string;
  readonly role: Role;
  /** The part of it that is no secret: it begins with `tg_ID_`. */
  readonly id: string;
  readonly createdAtMs: number;
  readonly createdBy: string;
  /** Absent: it does not end by itself. */
  readonly expiresAtMs?: number;
  readonly revokedAtMs?: number;
  /** To the minute. */
  readonly usedAtMs?: number;
}

/** What every write brings besides what is to be done. */
export interface WriteRequest {
  /** What the operator saw; anything else in force means a conflict. */
  readonly basedOn: BasedOn;
  /** True tells what would happen and changes nothing. */
  readonly dryRun: boolean;
  readonly actor: Actor;
  readonly reason: string;
}

export interface TokenRequest extends WriteRequest {
  readonly name: string;
  readonly role: Role;
  /** "" for a trial. */
  readonly id: string;
  /** Hex. */
  readonly sha256: string;
  readonly expiresAtMs?: number;
}

export interface RevokeRequest extends WriteRequest {
  readonly name: string;
}

export interface PinRequest extends WriteRequest {
  readonly pool: string;
  readonly origin: string;
  readonly expiresAtMs: number;
}

export interface SessionEndRequest extends WriteRequest {
  readonly room: string;
  readonly who: SessionOf;
}

export type SessionOf =
  | { readonly kind: "pass"; readonly id: string }
  /** As a token's claim or an API key's holder has it. */
  | { readonly kind: "user"; readonly name: string };

/** Another write came first. */
export interface ConflictAnswer {
  readonly kind: "conflict";
  readonly version: number;
}

/** There is nothing like it, or it must not be; the reason says the way out. */
export interface RefusedAnswer {
  readonly kind: "refused";
  readonly reason: string;
}

/** Of a write that makes no version: as {@link WriteRequest} asks for it, with the diff either way. */
export type DeedAnswer<More extends object> =
  | { readonly kind: "planned"; readonly diff: readonly ValueChange[] }
  | ({
      readonly kind: "applied";
      readonly diff: readonly ValueChange[];
      /** What is in force now: see `Status.tag`. */
      readonly tag: string;
    } & More)
  | ConflictAnswer
  | RefusedAnswer;

export type TokenAnswer = DeedAnswer<{ readonly token: NamedToken }>;

/** `unknown`: no slot was held; an edge that has not told of one yet hears that it is over all the same. */
export type SessionEndAnswer = DeedAnswer<{ readonly was: "active" | "unknown" }>;

/** The leave; whoever holds the secret signs it. */
export type PinAnswer = DeedAnswer<{ readonly expiresAtMs: number }>;

export interface AuditPage {
  /** Records after this number; undefined: the newest. */
  readonly after: number | undefined;
  readonly limit: number;
}

export interface AuditAnswer {
  readonly records: readonly AuditRecord[];
  /** What to ask for next, or the last number so far when these are all. */
  readonly last: number;
  readonly hasMore: boolean;
}

/** The version that a write is based on, and the count of live writes; undefined: only the configuration counts. */
export interface BasedOn {
  readonly version: number;
  readonly revision: number | undefined;
}

export interface ImportRequest extends WriteRequest {
  /** The text of a state file. */
  readonly state: string;
  readonly ownHosts: readonly string[];
}
