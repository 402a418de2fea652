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
import { type Env, environmentOf, ownHostsOf } from "../config/env.ts";
import type { MonitorReport, ProbeRecord } from "../config/health-report.ts";
import { type LoadOptions, loadConfig } from "../config/load.ts";
import type {
  Access,
  AuditAnswer,
  AuditPage,
  ImportRequest,
  Login,
  NamedToken,
  PinAnswer,
  PinRequest,
  RevokeRequest,
  SessionEndAnswer,
  SessionEndRequest,
  TokenAnswer,
  TokenRequest,
} from "../config/operator-api.ts";
import type { SeriesAnswer, SeriesWindow } from "../config/series.ts";
import { firstSnapshot, nextSnapshot } from "../config/snapshot.ts";
import { decideBundle } from "../policy/adopt-bundle.ts";
import { type EdgesHeard, noteHeard, paceMs } from "../policy/control-pace.ts";
import { type EdgeRoll, noteEdge } from "../policy/edge-roll.ts";
import { AlertPost } from "./alert-post.ts";
import { Desk } from "./desk.ts";
import { explainLimits } from "./explain-limits.ts";
import { Figures } from "./figures.ts";
import { HealthKeeper } from "./health-keeper.ts";
import { InForce } from "./in-force.ts";
import { Watch } from "./watch.ts";
import { Writes } from "./writes.ts";

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
  readonly #inForce: InForce;
  readonly #figures: Figures;
  readonly #desk: Desk;
  readonly #watch: Watch;
  readonly #post: AlertPost;
  readonly #writes: Writes;
  readonly #edges: EdgeRoll = new Map();
  readonly #heard: EdgesHeard = new Map();

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const { sql } = ctx.storage;
    const health = new HealthKeeper();
    const inForce = new InForce(sql, environmentOf(env), () => health.published);
    const figures = new Figures(sql);
    this.#inForce = inForce;
    this.#figures = figures;
    const webhook = () => inForce.config?.alerts.webhook;
    this.#post = new AlertPost({ storage: ctx.storage, env, figures, webhook });
    this.#desk = new Desk(sql, inForce, figures);
    this.#watch = new Watch(env, sql, { inForce, figures, health, post: this.#post }, (work) =>
      ctx.waitUntil(work),
    );
    this.#writes = new Writes({
      env,
      inForce,
      desk: this.#desk,
      figures,
      checks: (ownHosts) => this.#checks(ownHosts),
      hasChanged: () => this.#watch.evaluate(true),
    });
  }

  override async alarm(): Promise<void> {
    await this.#post.deliver();
  }

  async exchange(request: ExchangeRequest): Promise<ExchangeAnswer> {
    switch (this.#decide(request.bundle)) {
      case "adopt":
        return { kind: "send-bundle" };
      case "note":
        this.#inForce.versions.rememberBundle(request.bundle);
        break;
      case "ignore":
        break;
    }
    // An edge of a release before reports is still running during a gradual deployment.
    const { edge = "", reports = [], distrusts = [], counts = {} } = request as Partial<ExchangeRequest>;
    if (this.#figures.add(counts, Date.now())) this.ctx.waitUntil(this.#watch.lookAtRooms());
    if (edge !== "") noteHeard(this.#heard, edge, Date.now());
    const nextInMs = paceMs(this.#heard.size);
    this.#watch.noteTraffic(edge, edge === "" ? [] : reports, nextInMs);
    if (edge !== "" && this.#inForce.config !== undefined) this.#noteEdge(edge);
    const answer = this.#inForce.answer(request.etag);
    const proofs = this.#watch.proofsFor(distrusts);
    if (answer.kind === "send-bundle") return answer;
    return { ...answer, nextInMs, ...(proofs.length > 0 && { proofs }) };
  }

  async adopt(bundle: Bundle, toml: string): Promise<ExchangeAnswer> {
    const { versions, stored } = this.#inForce;
    // Asked again, as another edge may have sent it meanwhile.
    if (this.#decide(bundle) === "adopt") {
      const loaded = loadConfig(toml, { ...this.#checks([]), file: "tidegate.toml" });
      versions.rememberBundle(bundle);
      if (loaded.kind === "ok") {
        const version = versions.nextVersion();
        const snapshot =
          stored === undefined
            ? firstSnapshot(loaded.config, version)
            : nextSnapshot(stored.snapshot, loaded.config, version);
        const reason = `bundle ${bundle.sha256.slice(0, 12)}`;
        const diff = stored === undefined ? [] : diffData(stored.source, loaded.source);
        this.#desk.record({ actor: DEPLOYMENT, reason }, "bundle", "", diff, version);
        const entry = { atMs: Date.now(), kind: "bundle" as const, author: DEPLOYMENT.name, reason };
        this.#inForce.add({ source: loaded.source, snapshot }, entry);
        this.#watch.evaluate(true);
      }
    }
    return this.#inForce.answer("");
  }

  async change(request: ChangeRequest): Promise<ChangeAnswer> {
    return this.#writes.change(request);
  }

  async status(): Promise<Status> {
    const shown = await this.#watch.status();
    if (shown === undefined) return NOTHING;
    const nowMs = Date.now();
    const edges = [...this.#edges].map(([name, { version, tag, seenAtMs }]) => ({
      name,
      version,
      follows: tag === this.#inForce.tag,
      ageMs: Math.max(0, nowMs - seenAtMs),
    }));
    return { ...shown, tag: this.#inForce.tag, edges };
  }

  async history(): Promise<VersionEntry[]> {
    return this.#inForce.versions.history(HISTORY_LENGTH);
  }

  async diff(from: number, to: number): Promise<ValueChange[] | undefined> {
    const { versions } = this.#inForce;
    const [before, after] = [versions.get(from), versions.get(to)];
    return before === undefined || after === undefined ? undefined : diffData(before.source, after.source);
  }

  async authorize(login: Login): Promise<Access> {
    return this.#desk.authorize(login);
  }

  async tokens(): Promise<NamedToken[]> {
    return this.#desk.tokens.list();
  }

  async addToken(request: TokenRequest): Promise<TokenAnswer> {
    return this.#writes.addToken(request);
  }

  async revokeToken(request: RevokeRequest): Promise<TokenAnswer> {
    return this.#writes.revokeToken(request);
  }

  async pin(request: PinRequest): Promise<PinAnswer> {
    return this.#writes.pin(request);
  }

  async endSession(request: SessionEndRequest): Promise<SessionEndAnswer> {
    return this.#writes.endSession(request);
  }

  async audit(page: AuditPage): Promise<AuditAnswer> {
    return this.#desk.page(page);
  }

  async exportState(actor: Actor): Promise<string> {
    return this.#writes.exportState(actor);
  }

  async importState(request: ImportRequest): Promise<ChangeAnswer> {
    return this.#writes.importState(request);
  }

  async explainLimits(user: string): Promise<ExplainedBucket[]> {
    const snapshot = this.#inForce.snapshot();
    return snapshot === undefined ? [] : explainLimits(snapshot, user, this.env);
  }

  async counters(): Promise<Record<string, number>> {
    return this.#figures.totals();
  }

  async series(window: SeriesWindow, sinceMs: number): Promise<SeriesAnswer> {
    return this.#figures.answer(window, sinceMs, Date.now());
  }

  async probed(report: MonitorReport): Promise<void> {
    this.#watch.noteProbe(report);
  }

  async probes(pool: string): Promise<Record<string, Record<string, readonly ProbeRecord[]>>> {
    return this.#watch.probes(pool);
  }

  #noteEdge(edge: string): void {
    const { version, tag } = this.#inForce;
    noteEdge(this.#edges, edge, { version, tag, seenAtMs: Date.now() });
  }

  #checks(ownHosts: readonly string[]): Omit<LoadOptions, "file"> {
    return { environment: environmentOf(this.env), ownHosts: [...ownHostsOf(this.env), ...ownHosts] };
  }

  #decide(bundle: Bundle) {
    if (this.#inForce.stored === undefined) return "adopt";
    const isDevelopment = environmentOf(this.env) === "development";
    return decideBundle(this.#inForce.versions.knownBundle(), bundle, isDevelopment);
  }
}
