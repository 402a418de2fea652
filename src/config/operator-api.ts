/** What the operators' API and Control tell each other of people, their tokens and the audit: plain data. */
import type { Role } from "./admin/edits.ts";
import type { Actor, AuditRecord } from "./audit-record.ts";

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

export interface TokenRequest {
  readonly name: string;
  readonly role: Role;
  readonly id: string;
  /** Hex. */
  readonly sha256: string;
  readonly expiresAtMs?: number;
  readonly actor: Actor;
  readonly reason: string;
  /** Left out: whatever is in force. */
  readonly basedOn?: BasedOn | undefined;
}

export interface RevokeRequest {
  readonly name: string;
  readonly actor: Actor;
  readonly reason: string;
  readonly basedOn?: BasedOn | undefined;
}

/** Another write came first. */
export interface ConflictAnswer {
  readonly kind: "conflict";
  readonly version: number;
}

export type TokenAnswer =
  | { readonly kind: "done"; readonly token: NamedToken }
  | ConflictAnswer
  | { readonly kind: "refused"; readonly reason: string };

export interface SessionEndRequest {
  readonly room: string;
  readonly who:
    | { readonly kind: "pass"; readonly id: string }
    /** As a token's claim or an API key's holder has it. */
    | { readonly kind: "user"; readonly name: string };
  readonly actor: Actor;
  readonly reason: string;
  readonly basedOn?: BasedOn | undefined;
}

export type SessionEndAnswer =
  /** `unknown`: no slot was held; an edge that has not told of one yet hears that it is over all the same. */
  | { readonly kind: "ended"; readonly was: "active" | "unknown" }
  | ConflictAnswer
  | { readonly kind: "refused"; readonly reason: string };

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

export interface ImportRequest {
  /** The text of a state file. */
  readonly state: string;
  readonly basedOn: BasedOn;
  readonly dryRun: boolean;
  readonly actor: Actor;
  readonly reason: string;
  readonly ownHosts: readonly string[];
}
