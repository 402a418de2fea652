/** Operators' writes: each is held against what it is based on, worked out as a whole, recorded with what it does, told as a diff. */
import type { AuditEntry } from "../config/audit-record.ts";
import type { ChangeAnswer, ChangeRequest, VersionEntry } from "../config/control-api.ts";
import { diffData, type ValueChange } from "../config/diff.ts";
import type { Env } from "../config/env.ts";
import { holdersView, timeOf } from "../config/live-view.ts";
import type { LoadOptions } from "../config/load.ts";
import type {
  DeedAnswer,
  ImportRequest,
  PinAnswer,
  PinRequest,
  RefusedAnswer,
  RevokeRequest,
  SessionEndAnswer,
  SessionEndRequest,
  TokenAnswer,
  TokenRequest,
  WriteRequest,
} from "../config/operator-api.ts";
import { type Before, targetOf, workOut } from "./changes.ts";
import type { Desk } from "./desk.ts";
import { endSession, seek } from "./end-session.ts";
import type { Figures } from "./figures.ts";
import type { InForce } from "./in-force.ts";
import { type Stores, stateText, takeState, workOutImport } from "./state-file.ts";
import type { WorkedToken } from "./token-store.ts";

interface Parts {
  readonly env: Env;
  readonly inForce: InForce;
  readonly desk: Desk;
  readonly figures: Figures;
  /** How a configuration is checked here; `ownHosts` are known to be the edge's beside those of the deployment. */
  checks(ownHosts: readonly string[]): Omit<LoadOptions, "file">;
  /** A drain or a version takes capacity from rooms. */
  hasChanged(): void;
}

/** A write that makes no version, worked out and not done yet. */
interface Deed<More extends object> {
  readonly kind: "deed";
  /** What it is done to, in words, for the audit. */
  readonly target: string;
  readonly diff: readonly ValueChange[];
  /** Without waiting for anything, so that record and change are one transaction. */
  carryOut(): More;
}

export class Writes {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  change(request: ChangeRequest): ChangeAnswer {
    return this.#counted(request.edit.kind, this.#change(request));
  }

  importState(request: ImportRequest): ChangeAnswer {
    return this.#counted("import", this.#import(request));
  }

  exportState(actor: WriteRequest["actor"]): string {
    this.#parts.desk.record({ actor, reason: "" }, "export", "");
    return stateText(this.#stores(), Date.now());
  }

  addToken(request: TokenRequest): TokenAnswer {
    return this.#token("token-add", request, (nowMs) => this.#parts.desk.tokens.added(request, nowMs));
  }

  revokeToken(request: RevokeRequest): TokenAnswer {
    return this.#token("token-revoke", request, (nowMs) =>
      this.#parts.desk.tokens.revoked(request.name, nowMs),
    );
  }

  /** Changes nothing but the audit: the leave is worth nothing until it is signed. */
  pin(request: PinRequest): PinAnswer {
    const { pool, origin, expiresAtMs } = request;
    return this.#deed("pin", request, () => {
      const pools = this.#parts.inForce.config?.pools ?? [];
      const known = pools.find(({ name }) => name === pool);
      if (known === undefined) return refused(`there is no pool "${pool}"; there are: ${namesOf(pools)}`);
      if (!known.origins.some(({ name }) => name === origin))
        return refused(`pool "${pool}" has no origin "${origin}"; there are: ${namesOf(known.origins)}`);
      const diff = [{ path: `pins.${pool}/${origin}.until`, after: timeOf(expiresAtMs) }];
      return { kind: "deed", target: `${pool}/${origin}`, diff, carryOut: () => ({ expiresAtMs }) };
    });
  }

  async endSession(request: SessionEndRequest): Promise<SessionEndAnswer> {
    const { room, who } = request;
    const answer = this.#deed("session-end", request, () => {
      const { config } = this.#parts.inForce;
      const rooms = config?.rooms ?? [];
      if (config === undefined || !rooms.some(({ name }) => name === room))
        return refused(`there is no room "${room}"; there are: ${namesOf(rooms) || "none"}`);
      const sought = seek(who, config.identity);
      if (sought === undefined)
        return refused("[identity] makes no verified user of this name; name the pass instead");
      // A user's name is not kept, nor the pass that it leads to.
      const [whose, path] =
        who.kind === "pass" ? [`pass ${who.id}`, `passes.${who.id}`] : ["a user by name", "passes of a user"];
      const diff = [{ path: `rooms.${room}.${path}`, after: "over" }];
      return { kind: "deed", target: `${room}: ${whose}`, diff, carryOut: () => ({ sought }) };
    });
    if (answer.kind !== "applied") return answer;
    // On record before: the user is out whatever happens to the record after.
    const { sought, ...rest } = answer;
    return { ...rest, was: await endSession(room, sought, this.#parts.env) };
  }

  #change(request: ChangeRequest): ChangeAnswer {
    const { inForce, desk, hasChanged } = this.#parts;
    const { edit, actor, reason } = request;
    const before = this.#before(request.ownHosts);
    const conflict = inForce.conflict(request.basedOn);
    if (before === undefined || conflict !== undefined) return conflict ?? { kind: "conflict", version: 0 };
    const worked = workOut(edit, before);
    if (worked.kind === "answer") return worked.answer;
    const { outcome, plan, diff } = worked;
    if (plan.otherParts.includes("admin") && actor.role !== "admin")
      return { kind: "forbidden", reason: "only an admin may change [admin]" };
    if (request.dryRun) return { kind: "planned", plan, diff };
    desk.record(request, edit.kind, targetOf(edit), diff, plan.toVersion);
    if (outcome.kind === "version") {
      const kind = edit.kind as VersionEntry["kind"];
      inForce.add(outcome.stored, { atMs: Date.now(), kind, author: actor.name, reason });
    } else inForce.takeLive(outcome);
    hasChanged();
    return { kind: "applied", plan, diff, tag: inForce.tag };
  }

  #import(request: ImportRequest): ChangeAnswer {
    const { inForce, desk, checks, hasChanged } = this.#parts;
    const conflict = inForce.conflict(request.basedOn);
    if (conflict !== undefined) return conflict;
    const stores = this.#stores();
    const worked = workOutImport(request, inForce.stored, stores, checks(request.ownHosts));
    if (worked.kind === "answer") return worked.answer;
    const { state, plan, diff } = worked;
    if (request.dryRun) return { kind: "planned", plan, diff };
    takeState(state, stores);
    desk.record(request, "import", `state of ${state.exportedAt}`, diff, plan.toVersion);
    const entry = { atMs: Date.now(), author: request.actor.name, reason: request.reason };
    inForce.add(worked.stored, { kind: "import", ...entry });
    hasChanged();
    return { kind: "applied", plan, diff, tag: inForce.tag };
  }

  #token(action: string, request: WriteRequest, workedOut: (nowMs: number) => WorkedToken): TokenAnswer {
    const { inForce, desk } = this.#parts;
    return this.#deed(action, request, () => {
      const worked = workedOut(Date.now());
      if (worked.kind === "refused") return worked;
      const { sha256: _, ...token } = worked.token;
      const before = desk.tokens.list().filter(({ name }) => name === token.name);
      const diff = diffData({ holders: holdersView(before) }, { holders: holdersView([token]) });
      const carryOut = () => {
        desk.tokens.put(worked.token);
        // An import that was looked at before it would bring a revoked token back: so it counts.
        inForce.live.countWrite();
        return { token };
      };
      return { kind: "deed", target: `${token.name} (${token.role})`, diff, carryOut };
    });
  }

  #deed<More extends object>(
    action: string,
    request: WriteRequest,
    workedOut: () => Deed<More> | RefusedAnswer,
  ): DeedAnswer<More> {
    const conflict = this.#parts.inForce.conflict(request.basedOn);
    if (conflict !== undefined) return this.#counted(action, conflict);
    const worked = workedOut();
    if (worked.kind === "refused") return this.#counted(action, worked);
    const { target, diff } = worked;
    if (request.dryRun) return { kind: "planned", diff };
    this.#parts.desk.record(request, action, target, diff);
    const more = worked.carryOut();
    return { kind: "applied", diff, tag: this.#parts.inForce.tag, ...more };
  }

  /** A write that changed nothing is counted by why. */
  #counted<Answer extends Pick<ChangeAnswer, "kind">>(action: AuditEntry["action"], answer: Answer): Answer {
    const { kind } = answer;
    if (kind !== "applied" && kind !== "planned") this.#parts.figures.noteRefusal(action, kind);
    return answer;
  }

  #stores(): Stores {
    const { inForce, desk } = this.#parts;
    return { versions: inForce.versions, live: inForce.live, tokens: desk.tokens, audit: desk.audit };
  }

  #before(ownHosts: readonly string[]): Before | undefined {
    const { inForce, checks } = this.#parts;
    const { stored, versions, live } = inForce;
    const snapshot = inForce.snapshot();
    if (stored === undefined || snapshot === undefined) return undefined;
    return { current: stored, snapshot, versions, live, checks: checks(ownHosts), nowMs: Date.now() };
  }
}

function namesOf(list: readonly { readonly name: string }[]): string {
  return list.map(({ name }) => name).join(", ");
}

function refused(reason: string): RefusedAnswer {
  return { kind: "refused", reason };
}
