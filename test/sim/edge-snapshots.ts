/** How an edge keeps its snapshot young and tells Control what it has seen, as `snapshot-client.ts` does. */
import type { EdgeReport } from "../../src/config/health-report.ts";
import type { Snapshot } from "../../src/config/snapshot.ts";
import { giveBackReport, takeReport } from "../../src/edge/origin-memory.ts";
import { distrustsOf, trustAgain } from "../../src/edge/write-trust.ts";
import { urgentAfterMs } from "../../src/policy/control-pace.ts";
import {
  controlAsked,
  decideRefresh,
  isNews,
  isYoung,
  lookedInVain,
  mayAsk,
  notYetRefreshed,
  paceTold,
  REFRESH_DEADLINE_MS,
  refreshBegan,
  refreshFailed,
  refreshSucceeded,
  reportDueMs,
} from "../../src/policy/refresh.ts";
import type { Chance } from "./chance.ts";
import type { ControlAnswer, ControlObject } from "./control-object.ts";
import type { EdgePool } from "./edge-pool.ts";
import type { Network, Party } from "./network.ts";
import type { PlaceCache } from "./place-cache.ts";
import type { VirtualTime } from "./virtual.ts";

/** What is seen waits so long for more. */
const REPORT_AFTER_MS = 1000;
const GIVE_UP_MS = 10_000;
const LOOK_AGAIN_MS = 5;

export class EdgeSnapshots {
  readonly #time: VirtualTime;
  readonly #chance: Chance;
  readonly #network: Network;
  readonly #edge: Party & { readonly name: string };
  readonly #control: ControlObject;
  readonly #pool: EdgePool;
  readonly #cache: PlaceCache;
  readonly #refresh = notYetRefreshed();
  #etag = "";
  #snapshot: Snapshot;

  constructor(
    time: VirtualTime,
    chance: Chance,
    network: Network,
    edge: Party & { readonly name: string },
    control: ControlObject,
    pool: EdgePool,
    cache: PlaceCache,
    snapshot: Snapshot,
  ) {
    this.#time = time;
    this.#chance = chance;
    this.#network = network;
    this.#edge = edge;
    this.#control = control;
    this.#pool = pool;
    this.#cache = cache;
    this.#snapshot = snapshot;
  }

  /** When it last had a request, and how old was what it decided that by; by its own clock. */
  decided = { atMs: Number.NEGATIVE_INFINITY, ageMs: Number.POSITIVE_INFINITY };

  /** So old is what this edge decides by; Infinity before it has heard anything. */
  ageMs(nowMs: number): number {
    return nowMs - this.#refresh.takenAtMs;
  }

  /** Goes on when what is known is young enough, or the deadline is over. */
  ready(decide: () => void): void {
    const go = () => {
      const atMs = this.#time.shownMs;
      this.decided = { atMs, ageMs: this.ageMs(atMs) };
      decide();
    };
    const nowMs = this.#time.shownMs;
    switch (decideRefresh(this.#refresh, nowMs)) {
      case "use":
        go();
        return;
      case "behind":
        this.#refreshNow(false);
        go();
        return;
      case "before":
        this.#refreshNow(false, go);
        return;
      case "wait":
        this.#waitForAnother(this.#refresh.startedAtMs + REFRESH_DEADLINE_MS, go);
    }
  }

  reportSoon(): void {
    const { life } = this.#edge;
    const { askedAtMs } = this.#refresh;
    this.#time.in(this.#edge, urgentAfterMs(this.#refresh.paceMs, this.#chance.draw()), () => {
      if (this.#edge.life === life && this.#refresh.askedAtMs === askedAtMs) this.#refreshNow(true);
    });
  }

  /** Sees to it that what was seen is told, though no other request may come. */
  tellLater(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    const nowMs = this.#time.shownMs;
    this.#tellAt(Math.max(nowMs + REPORT_AFTER_MS, reportDueMs(this.#refresh, nowMs)));
  }

  #tellAt(dueMs: number): void {
    const { life } = this.#edge;
    this.#time.in(this.#edge, Math.max(1, dueMs - this.#time.shownMs), () => {
      if (this.#edge.life !== life) return;
      const nowMs = this.#time.shownMs;
      this.#isTelling = this.#hasNews() && !mayAsk(this.#refresh, nowMs);
      if (this.#isTelling) this.#tellAt(reportDueMs(this.#refresh, nowMs));
      else if (this.#hasNews()) this.#refreshNow(true);
    });
  }

  #isTelling = false;
  /** The first time it asks Control itself, as the real one offers its file. */
  #hasAsked = false;

  #hasNews(): boolean {
    return this.#pool.pool.origins.some(({ memory }) => memory.hasNews);
  }

  #waitForAnother(deadlineMs: number, go: () => void): void {
    const nowMs = this.#time.shownMs;
    if (nowMs >= deadlineMs || decideRefresh(this.#refresh, nowMs) !== "wait") {
      go();
      return;
    }
    const { life } = this.#edge;
    this.#time.in(this.#edge, LOOK_AGAIN_MS, () => {
      if (this.#edge.life === life) this.#waitForAnother(deadlineMs, go);
    });
  }

  #refreshNow(isReport: boolean, waits?: () => void): void {
    const startedAtMs = this.#time.shownMs;
    refreshBegan(this.#refresh, startedAtMs);
    const isReportDue = reportDueMs(this.#refresh, startedAtMs) <= startedAtMs && this.#hasNews();
    if (!isReport && !isReportDue && this.#hasAsked && this.#takeShared(startedAtMs) === "enough") {
      waits?.();
      return;
    }
    refreshBegan(this.#refresh, startedAtMs);
    controlAsked(this.#refresh, startedAtMs);
    let isWaiting = waits !== undefined;
    const go = () => {
      if (!isWaiting) return;
      isWaiting = false;
      waits?.();
    };
    if (waits !== undefined) {
      const { life } = this.#edge;
      this.#time.in(this.#edge, REFRESH_DEADLINE_MS, () => {
        if (!isWaiting || this.#edge.life !== life) return;
        refreshFailed(this.#refresh, this.#time.shownMs);
        go();
      });
    }
    const { pool } = this.#pool;
    const taken = pool.origins.flatMap(({ name, memory }) => {
      const report = takeReport(pool.name, name, memory);
      // The memory goes on changing: what is on its way must not.
      return report === undefined ? [] : [{ memory, report: copyOf(report) }];
    });
    const reports = taken.map(({ report }) => report);
    const distrusts = distrustsOf(this.#pool.compiled);
    const done = (answer: ControlAnswer | undefined) => {
      if (answer === undefined) {
        for (const { memory, report } of taken) giveBackReport(memory, report);
        refreshFailed(this.#refresh, this.#time.shownMs);
      } else {
        this.#hasAsked = true;
        paceTold(this.#refresh, answer.nextInMs, this.#chance.draw());
        trustAgain(this.#pool.compiled, answer.proofs);
        this.#take(answer.etag, answer.snapshot, startedAtMs, startedAtMs);
        this.#cache.shared = { etag: this.#etag, snapshot: this.#snapshot, takenAtMs: startedAtMs };
      }
      go();
    };
    const ask = () => this.#control.exchange(this.#edge.name, this.#etag, reports, distrusts);
    this.#network.call(this.#edge, this.#control, ask, done, { deadlineMs: GIVE_UP_MS });
  }

  /** As `takeShared` of `snapshot-client.ts`. */
  #takeShared(startedAtMs: number): "enough" | "ask" {
    const { shared } = this.#cache;
    const isThere = shared !== undefined && shared.takenAtMs <= startedAtMs;
    const isEnough = isThere && isYoung(shared.takenAtMs, startedAtMs);
    if (isThere && (isEnough || shared.takenAtMs > this.#refresh.takenAtMs))
      this.#take(shared.etag, shared.snapshot, startedAtMs, shared.takenAtMs);
    if (isEnough) return "enough";
    if (mayAsk(this.#refresh, startedAtMs)) return "ask";
    lookedInVain(this.#refresh, startedAtMs, this.#time.shownMs);
    return "enough";
  }

  #take(etag: string, snapshot: Snapshot | undefined, startedAtMs: number, takenAtMs: number): void {
    const nowMs = this.#time.shownMs;
    if (snapshot !== undefined && isNews(this.#refresh, takenAtMs, nowMs) && etag !== this.#etag) {
      this.#pool.take(snapshot);
      this.#snapshot = snapshot;
      this.#etag = etag;
    }
    refreshSucceeded(this.#refresh, startedAtMs, takenAtMs, nowMs);
    this.#pool.compiled.heard.atMs = this.#refresh.takenAtMs;
  }
}

function copyOf({ pool, origin, stats, tried }: EdgeReport): EdgeReport {
  return {
    pool,
    origin,
    tried,
    stats: { ...stats, buckets: stats.buckets.map((bucket) => ({ ...bucket })) },
  };
}
