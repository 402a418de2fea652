/** The Control object: the one place where configuration versions are made, kept and handed to edges. */
import { DurableObject } from "cloudflare:workers";
import type {
  Bundle,
  ChangeAnswer,
  ChangeRequest,
  ControlApi,
  ExchangeAnswer,
  ExchangeRequest,
  Status,
  VersionEntry,
} from "../config/control-api.ts";
import { editConfig } from "../config/edit.ts";
import { type Env, environmentOf, ownHostsOf } from "../config/env.ts";
import { type LoadOptions, loadConfig } from "../config/load.ts";
import { isEmptyPlan, planChange } from "../config/plan.ts";
import { firstSnapshot, nextSnapshot } from "../config/snapshot.ts";
import { statusOf } from "../config/status.ts";
import { decideBundle } from "../policy/adopt-bundle.ts";
import { type StoredVersion, VersionStore } from "./version-store.ts";

/** Versions that `history` shows at most. */
const HISTORY_LENGTH = 500;

export class Control extends DurableObject<Env> implements ControlApi {
  readonly #store: VersionStore;
  #current: StoredVersion | undefined;
  /** Answers that one request made for itself are plain data; only such are kept here. */
  #etag = "";

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#store = new VersionStore(ctx.storage.sql, environmentOf(env));
    this.#take(this.#store.latest());
  }

  async exchange(request: ExchangeRequest): Promise<ExchangeAnswer> {
    switch (this.#decide(request.bundle)) {
      case "adopt":
        return { kind: "send-bundle" };
      case "note":
        this.#store.rememberBundle(request.bundle);
        break;
      case "ignore":
        break;
    }
    return this.#answer(request.etag);
  }

  async adopt(bundle: Bundle, toml: string): Promise<ExchangeAnswer> {
    // Asked again, as another edge may have sent it meanwhile.
    if (this.#decide(bundle) === "adopt") {
      const loaded = loadConfig(toml, { ...this.#checks([]), file: "tidegate.toml" });
      this.#store.rememberBundle(bundle);
      if (loaded.kind === "ok") {
        const version = this.#store.nextVersion();
        const snapshot =
          this.#current === undefined
            ? firstSnapshot(loaded.config, version)
            : nextSnapshot(this.#current.snapshot, loaded.config, version);
        this.#add(
          { source: loaded.source, snapshot },
          "bundle",
          "deployment",
          `bundle ${bundle.sha256.slice(0, 12)}`,
        );
      }
    }
    return this.#answer("");
  }

  async change(request: ChangeRequest): Promise<ChangeAnswer> {
    const current = this.#current;
    if (current === undefined) return { kind: "conflict", version: 0 };
    const inForce = current.snapshot.version;
    if (request.basedOn !== inForce) return { kind: "conflict", version: inForce };

    const next = this.#edited(current, request);
    if ("kind" in next) return next;
    const plan = planChange(current.snapshot, next.snapshot);
    if (isEmptyPlan(plan)) return { kind: "unchanged", version: inForce };
    if (request.dryRun) return { kind: "planned", plan };
    this.#add(next, request.edit.kind, request.author, request.reason);
    return { kind: "applied", plan };
  }

  async status(): Promise<Status> {
    if (this.#current === undefined) return { version: 0, pools: [], rooms: [] };
    return statusOf(this.#current.snapshot);
  }

  async history(): Promise<VersionEntry[]> {
    return this.#store.history(HISTORY_LENGTH);
  }

  #edited(current: StoredVersion, request: ChangeRequest): StoredVersion | ChangeAnswer {
    const version = this.#store.nextVersion();
    if (request.edit.kind === "rollback") {
      const home = this.#store.get(request.edit.version);
      if (home === undefined) return { kind: "no-such-version", version: request.edit.version };
      const snapshot = nextSnapshot(current.snapshot, home.snapshot.config, version, home.snapshot);
      return { source: home.source, snapshot };
    }
    const loaded = editConfig(current.source, request.edit, this.#checks(request.ownHosts));
    if (loaded.kind === "invalid") return { kind: "invalid", problems: loaded.problems };
    return { source: loaded.source, snapshot: nextSnapshot(current.snapshot, loaded.config, version) };
  }

  #checks(ownHosts: readonly string[]): Omit<LoadOptions, "file"> {
    return { environment: environmentOf(this.env), ownHosts: [...ownHostsOf(this.env), ...ownHosts] };
  }

  #decide(bundle: Bundle) {
    if (this.#current === undefined) return "adopt";
    return decideBundle(this.#store.knownBundle(), bundle, environmentOf(this.env) === "development");
  }

  #add(stored: StoredVersion, kind: VersionEntry["kind"], author: string, reason: string): void {
    this.#store.add(stored, { atMs: Date.now(), kind, author, reason });
    this.#take(stored);
  }

  #take(stored: StoredVersion | undefined): void {
    this.#current = stored;
    this.#etag = stored === undefined ? "" : `${this.#store.identity()}:${stored.snapshot.version}`;
  }

  #answer(etag: string): ExchangeAnswer {
    if (this.#current === undefined || etag === this.#etag) return { kind: "unchanged" };
    return { kind: "snapshot", etag: this.#etag, snapshot: this.#current.snapshot };
  }
}
