/** Who is let in to the operators' API: proofs, roles, and addresses that have shown too many wrong tokens. */
import type { Actor } from "../config/audit-record.ts";
import type { Admin } from "../config/load.ts";
import type { Access, Login } from "../config/operator-api.ts";
import { blockedUntilMs, type LoginGuard, noteFailure } from "../policy/login-guard.ts";
import type { AuditStore } from "./audit-store.ts";
import type { TokenStore } from "./token-store.ts";

type AccessRules = NonNullable<Admin["access"]>;

export class Gate {
  readonly #tokens: TokenStore;
  readonly #audit: AuditStore;
  /** In memory only: an object that starts anew forgives, which costs an attacker's patience and no more. */
  readonly #failures: LoginGuard = new Map();

  constructor(tokens: TokenStore, audit: AuditStore) {
    this.#tokens = tokens;
    this.#audit = audit;
  }

  authorize(login: Login, rules: AccessRules | undefined): Access {
    const nowMs = Date.now();
    if (!login.hasSecret && rules === undefined && !this.#tokens.hasUsable(nowMs))
      return { kind: "disabled" };
    // Named tokens and Access tokens cannot be guessed, so nobody at the same address can lock their holders out.
    const proven = this.#proven(login, rules, nowMs);
    if (proven !== undefined) return { kind: "granted", actor: proven };
    const untilMs = blockedUntilMs(this.#failures, login.addressKey, nowMs);
    if (untilMs !== undefined) return { kind: "limited", untilMs };
    if (login.via === "secret" && login.hasSecret && login.isRight) {
      return { kind: "granted", actor: actorOf("token", "admin", login) };
    }
    noteFailure(this.#failures, login.addressKey, nowMs);
    this.#audit.appendFailure(failure(login, nowMs), nowMs);
    return { kind: "denied" };
  }

  #proven(login: Login, rules: AccessRules | undefined, nowMs: number): Actor | undefined {
    if (login.via === "token") {
      const holder = this.#tokens.find(login.id, login.sha256, nowMs);
      return holder && actorOf(holder.name, holder.role, login);
    }
    if (login.via !== "access" || rules === undefined) return undefined;
    const named = Object.hasOwn(rules.roles, login.person) ? rules.roles[login.person] : undefined;
    const role = named ?? rules.default_role;
    return role === "none" ? undefined : actorOf(login.person, role, login);
  }
}

function actorOf(name: string, role: Actor["role"], { via, address }: Login): Actor {
  return { name, role, via, address };
}

function failure(login: Login, nowMs: number) {
  // Whom a token belonged to is known by its id, which is no secret; what was typed is never kept.
  const target = login.via === "token" ? `tg_${login.id}` : login.via === "access" ? login.person : "";
  return {
    at: new Date(nowMs).toISOString(),
    actor: actorOf("unknown", "none", login),
    action: "login-failed",
    target,
    reason: "",
    fromVersion: 0,
    toVersion: 0,
    changes: [],
  };
}
