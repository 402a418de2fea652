/** The Control object: the one place where configuration versions are made, kept and handed to edges. */
import { DurableObject } from "cloudflare:workers";
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
import { type Edit, editConfig } from "../config/edit.ts";
import { type Env, environmentOf, monitorStub, ownHostsOf } from "../config/env.ts";
import type { MonitorReport, ProbeRecord } from "../config/health-report.ts";
import { type LoadOptions, loadConfig } from "../config/load.ts";
import { editOverrides, isOverrideEdit, type OverrideEdit } from "../config/override-edit.ts";
import { isEmptyPlan, planChange } from "../config/plan.ts";
import { editRoom, isRoomEdit, type RoomEdit } from "../config/room-edit.ts";
import { outages } from "../config/service.ts";
import { firstSnapshot, nextSnapshot, type Snapshot } from "../config/snapshot.ts";
import { availabilities, reachableOf, type SeenOrigin, statusOf } from "../config/status.ts";
import { decideBundle } from "../policy/adopt-bundle.ts";
import { firstSharding, nextSharding, type Sharding } from "../policy/sharding.ts";
import { CounterStore } from "./counter-store.ts";
import { explainLimits } from "./explain-limits.ts";
import { HealthKeeper } from "./health-keeper.ts";
import { MonitorCrew } from "./monitor-crew.ts";
import { OverrideStore } from "./override-store.ts";
import { RoomKeeper } from "./room-keeper.ts";
import { type StoredVersion, VersionStore } from "./version-store.ts";

/** Versions that `history` shows at most. */
const HISTORY_LENGTH = 500;

export class Control extends DurableObject<Env> implements ControlApi {
  readonly #versions: VersionStore;
  readonly #live: OverrideStore;
  readonly #health = new HealthKeeper();
  readonly #counters: CounterStore;
  readonly #crew: MonitorCrew;
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
    this.#health.restore(this.#live.health(), Date.now());
    this.#crew = new MonitorCrew(env, this.#live);
    this.#rooms = new RoomKeeper(env, this.#live);
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
    const config = this.#current?.snapshot.config;
    if (edge !== "" && config !== undefined) this.#health.noteTraffic(config, edge, reports, Date.now());
    this.#evaluate(false);
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
        this.#add({ source: loaded.source, snapshot }, "bundle", "deployment", reason);
      }
    }
    return this.#answer("");
  }

  async change(request: ChangeRequest): Promise<ChangeAnswer> {
    const current = this.#current;
    if (current === undefined) return { kind: "conflict", version: 0 };
    const inForce = current.snapshot.version;
    if (request.basedOn !== inForce) return { kind: "conflict", version: inForce };
    const { edit } = request;
    if (isOverrideEdit(edit)) return this.#changeOverrides(edit, request.dryRun);
    if (isRoomEdit(edit)) return this.#changeRoom(edit, request.dryRun);

    const next = this.#edited(current, edit, request.ownHosts);
    if ("kind" in next) return next;
    const plan = planChange(current.snapshot, next.snapshot);
    if (isEmptyPlan(plan)) return { kind: "unchanged", version: inForce };
    if (request.dryRun) return { kind: "planned", plan };
    this.#add(next, edit.kind, request.author, request.reason);
    return { kind: "applied", plan };
  }

  async status(): Promise<Status> {
    const snapshot = this.#snapshot();
    if (snapshot === undefined) return { version: 0, pools: [], rooms: [], overrides: [], windows: [] };
    this.#evaluate(true);
    const rooms = await this.#rooms.views(snapshot.config.rooms.map(({ name }) => name));
    const lastProbes = (pool: string, origin: string) => this.#health.votesOf(pool, origin);
    return statusOf(this.#snapshot() ?? snapshot, Date.now(), lastProbes, this.#availabilities, rooms);
  }

  async history(): Promise<VersionEntry[]> {
    return this.#versions.history(HISTORY_LENGTH);
  }

  async explainLimits(user: string): Promise<ExplainedBucket[]> {
    const snapshot = this.#snapshot();
    return snapshot === undefined ? [] : explainLimits(snapshot, user, this.env);
  }

  async counters(): Promise<Record<string, number>> {
    return this.#counters.totals();
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

  #edited(current: StoredVersion, edit: Edit, ownHosts: readonly string[]): StoredVersion | ChangeAnswer {
    const version = this.#versions.nextVersion();
    if (edit.kind === "rollback") {
      const home = this.#versions.get(edit.version);
      if (home === undefined) return { kind: "no-such-version", version: edit.version };
      const snapshot = nextSnapshot(current.snapshot, home.snapshot.config, version, home.snapshot);
      return { source: home.source, snapshot };
    }
    const loaded = editConfig(current.source, edit, this.#checks(ownHosts));
    if (loaded.kind === "invalid") return { kind: "invalid", problems: loaded.problems };
    return { source: loaded.source, snapshot: nextSnapshot(current.snapshot, loaded.config, version) };
  }

  #changeOverrides(edit: OverrideEdit, dryRun: boolean): ChangeAnswer {
    const snapshot = this.#snapshot();
    if (snapshot === undefined) return { kind: "conflict", version: 0 };
    const outcome = editOverrides(snapshot, edit, Date.now(), this.#live.highestId());
    if (outcome.kind === "refused") return outcome;
    if (dryRun) return { kind: "planned", plan: outcome.plan };
    this.#live.setOverrides(outcome.overrides);
    this.#changes += 1;
    // A drain takes capacity from rooms.
    this.#evaluate(true);
    return { kind: "applied", plan: outcome.plan };
  }

  #changeRoom(edit: RoomEdit, dryRun: boolean): ChangeAnswer {
    const snapshot = this.#snapshot();
    if (snapshot === undefined) return { kind: "conflict", version: 0 };
    const outcome = editRoom(snapshot, edit, Date.now());
    if (outcome.kind === "refused") return outcome;
    if (outcome.kind === "unchanged") return { kind: "unchanged", version: snapshot.version };
    if (dryRun) return { kind: "planned", plan: outcome.plan };
    this.#live.setRooms(outcome.rooms);
    this.#changes += 1;
    this.#evaluate(true);
    return { kind: "applied", plan: outcome.plan };
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
      sharding: this.#sharding ?? this.#current.snapshot.sharding,
    };
  }

  #answer(etag: string): ExchangeAnswer {
    const current = `${this.#life}:${this.#changes}`;
    const snapshot = etag === current ? undefined : this.#snapshot();
    return snapshot === undefined ? { kind: "unchanged" } : { kind: "snapshot", etag: current, snapshot };
  }
}
