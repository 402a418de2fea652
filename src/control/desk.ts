/** Who is let in, and the record of all that operators do. */
import type { Actor } from "../config/audit-record.ts";
import type { ValueChange } from "../config/diff.ts";
import type { Access, AuditAnswer, AuditPage, Login } from "../config/operator-api.ts";
import { AuditStore } from "./audit-store.ts";
import type { Figures } from "./figures.ts";
import { Gate } from "./gate.ts";
import type { InForce } from "./in-force.ts";
import { TokenStore } from "./token-store.ts";

export interface Who {
  readonly actor: Actor;
  readonly reason: string;
}

export class Desk {
  readonly audit: AuditStore;
  readonly tokens: TokenStore;
  readonly #gate: Gate;
  readonly #inForce: InForce;
  readonly #figures: Figures;

  constructor(sql: SqlStorage, inForce: InForce, figures: Figures) {
    this.audit = new AuditStore(sql);
    this.tokens = new TokenStore(sql);
    this.#gate = new Gate(this.tokens, this.audit);
    this.#inForce = inForce;
    this.#figures = figures;
  }

  authorize(login: Login): Access {
    const access = this.#gate.authorize(login, this.#inForce.config?.admin.access);
    if (access.kind === "denied" || access.kind === "limited")
      this.#figures.noteLogin(login.via, access.kind === "denied" ? "denied" : "too-many");
    return access;
  }

  page(page: AuditPage): AuditAnswer {
    return this.audit.page(page);
  }

  /** In one transaction with the write that follows without waiting for anything. */
  record(
    { actor, reason }: Who,
    action: string,
    target: string,
    changes: readonly ValueChange[] = [],
    toVersion = this.#inForce.version,
  ): void {
    const at = new Date().toISOString();
    const fromVersion = this.#inForce.version;
    this.audit.append({ at, actor, action, target, reason, fromVersion, toVersion, changes });
    this.#figures.noteAction(action);
  }
}
