/** The Control object: the one place where configuration versions are made, kept and handed to edges. */
import { DurableObject } from "cloudflare:workers";
import type { Actor } from "../config/audit-record.ts";
import type {
  Bundle,
  ChangeAnswer,
  ChangeRequest,
  ControlApi,
  ExchangeAnswer,
  ExchangeRequest,
  ExplainedBucket,
  Status,
  VersionEntry,
} from "../config/control-api.ts";
import { diffData, type ValueChange } from "../config/diff.ts";
import type { Edit } from "../config/edit.ts";
import { type Env, environmentOf, monitorStub, ownHostsOf } from "../config/env.ts";
import type { MonitorReport, ProbeRecord } from "../config/health-report.ts";
import { type LoadOptions, loadConfig } from "../config/load.ts";
import type {
  Access,
  AuditAnswer,
  AuditPage,
  BasedOn,
  ImportRequest,
  Login,
  NamedToken,
  SessionEndAnswer,
  SessionEndRequest,
  TokenAnswer,
  TokenRequest,
} from "../config/operator-api.ts";
import type { SeriesAnswer, SeriesWindow } from "../config/series.ts";
import { outages } from "../config/service.ts";
import { firstSnapshot, nextSnapshot, type Snapshot } from "../config/snapshot.ts";
import { availabilities, reachableOf, type SeenOrigin, statusOf } from "../config/status.ts";
import { decideBundle } from "../policy/adopt-bundle.ts";
import { type EdgeRoll, noteEdge } from "../policy/edge-roll.ts";
import { firstSharding, nextSharding, type Sharding } from "../policy/sharding.ts";
import { AuditStore } from "./audit-store.ts";
import { type Before, type Outcome, targetOf, workOut } from "./changes.ts";
import { CounterStore } from "./counter-store.ts";
import { endSession } from "./end-session.ts";
import { explainLimits } from "./explain-limits.ts";
import { Gate } from "./gate.ts";
import { HealthKeeper } from "./health-keeper.ts";
import { MonitorCrew } from "./monitor-crew.ts";
import { OverrideStore } from "./override-store.ts";
import { RoomKeeper } from "./room-keeper.ts";
import { SeriesKeeper } from "./series-keeper.ts";
import { type Stores, stateText, takeState, workOutImport } from "./state-file.ts";
import { TokenStore } from "./token-store.ts";
import { type StoredVersion, VersionStore } from "./version-store.ts";

/** Versions that `history` shows at most. */
const HISTORY_LENGTH = 500;

const DEPLOYMENT: Actor = { name: "deployment", role: "none", via: "none", address: "" };

/** Before there is a configuration. */
const NOTHING: Status = {
  version: 0,
  tag: "0.0",
  pools: [],
  rooms: [],
  limits: [],
  edges: [],
  announcements: [],
  overrides: [],
  windows: [],
};

export class Control extends DurableObject<Env> implements ControlApi {
  readonly #versions: VersionStore;
  readonly #live: OverrideStore;
  readonly #health = new HealthKeeper();
  readonly #counters: CounterStore;
  readonly #series: SeriesKeeper;
  readonly #crew: MonitorCrew;
  readonly #audit: AuditStore;
  readonly #tokens: TokenStore;
  readonly #gate: Gate;
  readonly #edges: EdgeRoll = new Map();
  readonly #rooms: RoomKeeper;
  #current: StoredVersion | undefined;
  #sharding: Sharding | undefined;
  /** Of this object's life and its changes: a restarted object starts others, so no edge takes old for new. */
  readonly #life = crypto.randomUUID();
  #changes = 0;
  /** As operators are shown them; kept, since states are held. */
  #availabilities: ReadonlyMap<string, SeenOrigin> = new Map();

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#versions = new VersionStore(ctx.storage.sql, environmentOf(env));
    this.#live = new OverrideStore(ctx.storage.sql);
    this.#counters = new CounterStore(ctx.storage.sql);
    this.#series = new SeriesKeeper(ctx.storage.sql);
    this.#health.restore(this.#live.health(), Date.now());
    this.#audit = new AuditStore(ctx.storage.sql);
    this.#tokens = new TokenStore(ctx.storage.sql);
    this.#gate = new Gate(this.#tokens, this.#audit);
    this.#crew = new MonitorCrew(env, this.#live);
    this.#rooms = new RoomKeeper(env, ctx.storage.sql);
    this.#take(this.#versions.latest());
  }

  async exchange(request: ExchangeRequest): Promise<ExchangeAnswer> {
    switch (this.#decide(request.bundle)) {
      case "adopt":
        return { kind: "send-bundle" };
      case "note":
        this.#versions.rememberBundle(request.bundle);
        break;
      case "ignore":
        break;
    }
    // An edge of a release before reports is still running during a gradual deployment.
    const { edge = "", reports = [], distrusts = [], counts = {} } = request as Partial<ExchangeRequest>;
    this.#counters.add(counts, Date.now());
    if (this.#series.add(counts, Date.now())) this.ctx.waitUntil(this.#lookAtRooms());
    const config = this.#current?.snapshot.config;
    if (edge !== "" && config !== undefined) this.#health.noteTraffic(config, edge, reports, Date.now());
    this.#evaluate(false);
    if (edge !== "" && config !== undefined) this.#noteEdge(edge);
    const answer = this.#answer(request.etag);
    const proofs = this.#health.proofsFor(distrusts);
    return proofs.length === 0 || answer.kind === "send-bundle" ? answer : { ...answer, proofs };
  }

  async adopt(bundle: Bundle, toml: string): Promise<ExchangeAnswer> {
    // Asked again, as another edge may have sent it meanwhile.
    if (this.#decide(bundle) === "adopt") {
      const loaded = loadConfig(toml, { ...this.#checks([]), file: "tidegate.toml" });
      this.#versions.rememberBundle(bundle);
      if (loaded.kind === "ok") {
        const version = this.#versions.nextVersion();
        const snapshot =
          this.#current === undefined
            ? firstSnapshot(loaded.config, version)
            : nextSnapshot(this.#current.snapshot, loaded.config, version);
        const reason = `bundle ${bundle.sha256.slice(0, 12)}`;
        const diff = this.#current === undefined ? [] : diffData(this.#current.source, loaded.source);
        this.#record({ actor: DEPLOYMENT, reason }, "bundle", "", diff, version);
        this.#add({ source: loaded.source, snapshot }, "bundle", DEPLOYMENT.name, reason);
      }
    }
    return this.#answer("");
  }

  async change(request: ChangeRequest): Promise<ChangeAnswer> {
    const before = this.#before(request.ownHosts);
    const conflict = this.#conflict(request.basedOn);
    if (before === undefined || conflict !== undefined) return conflict ?? { kind: "conflict", version: 0 };
    const worked = workOut(request.edit, before);
    if (worked.kind === "answer") return worked.answer;
    const { outcome, plan, diff } = worked;
    if (plan.otherParts.includes("admin") && request.actor.role !== "admin")
      return { kind: "forbidden", reason: "only an admin may change [admin]" };
    if (request.dryRun) return { kind: "planned", plan, diff };
    this.#record(request, request.edit.kind, targetOf(request.edit), diff, plan.toVersion);
    this.#carryOut(outcome, request);
    return { kind: "applied", plan, diff, tag: this.#tag() };
  }

  async status(): Promise<Status> {
    const snapshot = this.#snapshot();
    if (snapshot === undefined) return NOTHING;
    this.#evaluate(true);
    const rooms = await this.#rooms.views(snapshot.config.rooms.map(({ name }) => name));
    const lastProbes = (pool: string, origin: string) => this.#health.votesOf(pool, origin);
    const nowMs = Date.now();
    const shown = statusOf(this.#snapshot() ?? snapshot, nowMs, lastProbes, this.#availabilities, rooms);
    this.#series.noteRooms(rooms, nowMs);
    const edges = [...this.#edges].map(([name, { version, tag, seenAtMs }]) => ({
      name,
      version,
      follows: tag === this.#tag(),
      ageMs: Math.max(0, nowMs - seenAtMs),
    }));
    return { ...shown, tag: this.#tag(), edges };
  }

  async history(): Promise<VersionEntry[]> {
    return this.#versions.history(HISTORY_LENGTH);
  }

  async diff(from: number, to: number): Promise<ValueChange[] | undefined> {
    const [before, after] = [this.#versions.get(from), this.#versions.get(to)];
    return before === undefined || after === undefined ? undefined : diffData(before.source, after.source);
  }

  async authorize(login: Login): Promise<Access> {
    return this.#gate.authorize(login, this.#current?.snapshot.config.admin.access);
  }

  async tokens(): Promise<NamedToken[]> {
    return this.#tokens.list();
  }

  async addToken(request: TokenRequest): Promise<TokenAnswer> {
    const refused = this.#tokens.add(request, Date.now());
    return this.#tokenAnswer(refused, request.name, "token-add", request);
  }

  async revokeToken(name: string, actor: Actor, reason: string): Promise<TokenAnswer> {
    const refused = this.#tokens.revoke(name, Date.now());
    return this.#tokenAnswer(refused, name, "token-revoke", { actor, reason });
  }

  async audit(page: AuditPage): Promise<AuditAnswer> {
    return this.#audit.page(page);
  }

  async endSession({ room, who, actor, reason }: SessionEndRequest): Promise<SessionEndAnswer> {
    const config = this.#current?.snapshot.config;
    const names = config?.rooms.map(({ name }) => name) ?? [];
    if (config === undefined || !names.includes(room))
      return {
        kind: "refused",
        reason: `there is no room "${room}"; there are: ${names.join(", ") || "none"}`,
      };
    // Written before: the user is out whatever happens to the record after. A user's name is not kept.
    const whose = who.kind === "pass" ? `pass ${who.id}` : "a user by name";
    this.#record({ actor, reason }, "session-end", `${room}: ${whose}`);
    return endSession({ room, who }, config.identity, this.env);
  }

  async note(actor: Actor, action: string, target: string, reason: string): Promise<void> {
    this.#record({ actor, reason }, action, target);
  }

  async exportState(actor: Actor): Promise<string> {
    this.#record({ actor, reason: "" }, "export", "");
    return stateText(this.#stores(), Date.now());
  }

  async importState(request: ImportRequest): Promise<ChangeAnswer> {
    const conflict = this.#conflict(request.basedOn);
    if (conflict !== undefined) return conflict;
    const worked = workOutImport(request, this.#current, this.#stores(), this.#checks(request.ownHosts));
    if (worked.kind === "answer") return worked.answer;
    const { state, stored, plan, diff } = worked;
    if (request.dryRun) return { kind: "planned", plan, diff };
    takeState(state, this.#stores());
    this.#record(request, "import", `state of ${state.exportedAt}`, diff, plan.toVersion);
    this.#add(stored, "import", request.actor.name, request.reason);
    return { kind: "applied", plan, diff, tag: this.#tag() };
  }

  async explainLimits(user: string): Promise<ExplainedBucket[]> {
    const snapshot = this.#snapshot();
    return snapshot === undefined ? [] : explainLimits(snapshot, user, this.env);
  }

  async counters(): Promise<Record<string, number>> {
    return this.#counters.totals();
  }

  async series(window: SeriesWindow, sinceMs: number): Promise<SeriesAnswer> {
    return this.#series.answer(window, sinceMs, Date.now());
  }

  async probed(report: MonitorReport): Promise<void> {
    this.#health.noteProbe(report);
    this.#evaluate(true);
  }

  /** By vantage, then origin: the last probes, newest first. */
  async probes(pool: string): Promise<Record<string, Record<string, readonly ProbeRecord[]>>> {
    const vantages = this.#crew.vantagesOf(pool);
    const records = await Promise.all(
      vantages.map(
        async (vantage) => [vantage, await monitorStub(this.env, pool, vantage).records()] as const,
      ),
    );
    return Object.fromEntries(records);
  }

  async #lookAtRooms(): Promise<void> {
    const names = this.#current?.snapshot.config.rooms.map(({ name }) => name) ?? [];
    this.#series.noteRooms(await this.#rooms.views(names), Date.now());
  }

  #noteEdge(edge: string): void {
    const version = this.#current?.snapshot.version ?? 0;
    noteEdge(this.#edges, edge, { version, tag: this.#tag(), seenAtMs: Date.now() });
  }

  #stores(): Stores {
    return { versions: this.#versions, live: this.#live, tokens: this.#tokens, audit: this.#audit };
  }

  #tokenAnswer(
    refused: string | undefined,
    name: string,
    action: string,
    who: { readonly actor: Actor; readonly reason: string },
  ): TokenAnswer {
    const token = this.#tokens.list().find((one) => one.name === name);
    if (refused !== undefined || token === undefined) return { kind: "refused", reason: refused ?? "" };
    this.#record(who, action, `${name} (${token.role})`);
    return { kind: "done", token };
  }

  #conflict({ version, revision }: BasedOn): ChangeAnswer | undefined {
    const inForce = this.#current?.snapshot.version ?? 0;
    const isSame = version === inForce && (revision === undefined || revision === this.#live.revision());
    return isSame ? undefined : { kind: "conflict", version: inForce };
  }

  #before(ownHosts: readonly string[]): Before | undefined {
    const [current, snapshot] = [this.#current, this.#snapshot()];
    if (current === undefined || snapshot === undefined) return undefined;
    const checks = this.#checks(ownHosts);
    return { current, snapshot, versions: this.#versions, live: this.#live, checks, nowMs: Date.now() };
  }

  #carryOut(outcome: Outcome, { edit, actor, reason }: ChangeRequest): void {
    switch (outcome.kind) {
      case "version":
        this.#add(outcome.stored, edit.kind as Edit["kind"], actor.name, reason);
        return;
      case "overrides":
        this.#live.setOverrides(outcome.overrides);
        break;
      case "rooms":
        this.#live.setRooms(outcome.rooms);
        break;
      case "announcements":
        this.#live.setAnnouncements(outcome.announcements);
        break;
    }
    this.#live.countWrite();
    this.#changes += 1;
    // A drain takes capacity from rooms.
    this.#evaluate(true);
  }

  /** Version and live writes: two states with the same tag are the same. */
  #tag(): string {
    return `${this.#current?.snapshot.version ?? 0}.${this.#live.revision()}`;
  }

  /** In one transaction with the write that follows without waiting for anything. */
  #record(
    { actor, reason }: { readonly actor: Actor; readonly reason: string },
    action: string,
    target: string,
    changes: readonly ValueChange[] = [],
    toVersion = this.#current?.snapshot.version ?? 0,
  ): void {
    const fromVersion = this.#current?.snapshot.version ?? 0;
    const at = new Date().toISOString();
    this.#audit.append({ at, actor, action, target, reason, fromVersion, toVersion, changes });
  }

  #checks(ownHosts: readonly string[]): Omit<LoadOptions, "file"> {
    return { environment: environmentOf(this.env), ownHosts: [...ownHostsOf(this.env), ...ownHosts] };
  }

  #decide(bundle: Bundle) {
    if (this.#current === undefined) return "adopt";
    return decideBundle(this.#versions.knownBundle(), bundle, environmentOf(this.env) === "development");
  }

  #add(stored: StoredVersion, kind: VersionEntry["kind"], author: string, reason: string): void {
    this.#versions.add(stored, { atMs: Date.now(), kind, author, reason });
    this.#take(stored);
  }

  #take(stored: StoredVersion | undefined): void {
    this.#current = stored;
    if (stored !== undefined) this.#takeSharding(stored.snapshot.config.limiter.shards);
    this.#changes += 1;
    this.#evaluate(true);
  }

  #takeSharding(shards: number): void {
    const known = this.#versions.sharding();
    const next = known === undefined ? firstSharding(shards) : nextSharding(known, shards, Date.now());
    if (next !== known) this.#versions.rememberSharding(next);
    this.#sharding = next;
  }

  /** Joins what monitors and edges say; what changed goes to every edge with its next exchange. */
  #evaluate(isUrgent: boolean): void {
    const snapshot = this.#snapshot();
    if (snapshot === undefined) return;
    const nowMs = Date.now();
    const outIn = (pool: string) => new Set(outages(snapshot, pool, nowMs).map(({ name }) => name));
    const isHealthNew = this.#health.evaluate(snapshot.config, nowMs, Math.random, outIn, isUrgent);
    if (isHealthNew) {
      this.#changes += 1;
      this.#live.setHealth(this.#health.toKeep());
    }
    this.#availabilities = availabilities(this.#snapshot() ?? snapshot, nowMs, this.#availabilities);
    this.#series.noteStates(this.#availabilities, nowMs);
    this.ctx.waitUntil(this.#crew.muster(snapshot.config));
    const reachable = (room: string) => reachableOf(snapshot.config, room, this.#availabilities);
    this.ctx.waitUntil(this.#rooms.keep(snapshot, reachable, nowMs, isUrgent || isHealthNew));
  }

  /** The version in force with everything that is live. */
  #snapshot(): Snapshot | undefined {
    if (this.#current === undefined) return undefined;
    return {
      ...this.#current.snapshot,
      health: this.#health.published,
      overrides: this.#live.overrides(),
      rooms: this.#live.rooms(),
      announcements: this.#live.announcements(),
      sharding: this.#sharding ?? this.#current.snapshot.sharding,
    };
  }

  #answer(etag: string): ExchangeAnswer {
    const current = `${this.#life}:${this.#changes}`;
    const snapshot = etag === current ? undefined : this.#snapshot();
    return snapshot === undefined ? { kind: "unchanged" } : { kind: "snapshot", etag: current, snapshot };
  }
}
