/** Operators' own matters: who is let in, named tokens, sessions that are ended, and the record of all that they do. */
import type { Actor } from "../config/audit-record.ts";
import type { ValueChange } from "../config/diff.ts";
import type { Env } from "../config/env.ts";
import type {
  Access,
  AuditAnswer,
  AuditPage,
  BasedOn,
  ConflictAnswer,
  Login,
  RevokeRequest,
  SessionEndAnswer,
  SessionEndRequest,
  TokenAnswer,
  TokenRequest,
} from "../config/operator-api.ts";
import { AuditStore } from "./audit-store.ts";
import { endSession } from "./end-session.ts";
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

  addToken({ basedOn, ...request }: TokenRequest): TokenAnswer {
    const conflict = this.#conflict("token-add", basedOn);
    if (conflict !== undefined) return conflict;
    const refused = this.tokens.add(request, Date.now());
    return this.#tokenAnswer(refused, request.name, "token-add", request);
  }

  revokeToken({ name, basedOn, ...who }: RevokeRequest): TokenAnswer {
    const conflict = this.#conflict("token-revoke", basedOn);
    if (conflict !== undefined) return conflict;
    const refused = this.tokens.revoke(name, Date.now());
    return this.#tokenAnswer(refused, name, "token-revoke", who);
  }

  page(page: AuditPage): AuditAnswer {
    return this.audit.page(page);
  }

  async endSession(request: SessionEndRequest, env: Env): Promise<SessionEndAnswer> {
    const { room, who } = request;
    const conflict = this.#conflict("session-end", request.basedOn);
    if (conflict !== undefined) return conflict;
    const { config } = this.#inForce;
    const names = config?.rooms.map(({ name }) => name) ?? [];
    if (config === undefined || !names.includes(room)) {
      this.#figures.noteRefusal("session-end", "refused");
      const known = names.join(", ") || "none";
      return { kind: "refused", reason: `there is no room "${room}"; there are: ${known}` };
    }
    // Written before: the user is out whatever happens to the record after. A user's name is not kept.
    const whose = who.kind === "pass" ? `pass ${who.id}` : "a user by name";
    this.record(request, "session-end", `${room}: ${whose}`);
    return endSession({ room, who }, config.identity, env);
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

  #conflict(action: string, basedOn: BasedOn | undefined): ConflictAnswer | undefined {
    const conflict = basedOn === undefined ? undefined : this.#inForce.conflict(basedOn);
    if (conflict !== undefined) this.#figures.noteRefusal(action, "conflict");
    return conflict;
  }

  #tokenAnswer(refused: string | undefined, name: string, action: string, who: Who): TokenAnswer {
    const token = this.tokens.list().find((one) => one.name === name);
    if (refused !== undefined || token === undefined) {
      this.#figures.noteRefusal(action, "refused");
      return { kind: "refused", reason: refused ?? "" };
    }
    this.record(who, action, `${name} (${token.role})`);
    return { kind: "done", token };
  }
}
