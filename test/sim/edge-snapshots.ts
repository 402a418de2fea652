/** How an edge keeps its snapshot young and tells Control what it has seen, as `snapshot-client.ts` does. */
import type { EdgeReport } from "../../src/config/health-report.ts";
import type { Snapshot } from "../../src/config/snapshot.ts";
import { giveBackReport, takeReport } from "../../src/edge/origin-memory.ts";
import { distrustsOf, trustAgain } from "../../src/edge/write-trust.ts";
import {
  decideRefresh,
  FRESH_MS,
  isNews,
  notYetRefreshed,
  REFRESH_DEADLINE_MS,
  refreshBegan,
  refreshFailed,
  refreshSucceeded,
} from "../../src/policy/refresh.ts";
import type { ControlAnswer, ControlObject } from "./control-object.ts";
import type { EdgePool } from "./edge-pool.ts";
import type { Network, Party } from "./network.ts";
import type { VirtualTime } from "./virtual.ts";

/** An edge reports once a second at most. */
const REPORT_EVERY_MS = 1000;
const GIVE_UP_MS = 10_000;
const LOOK_AGAIN_MS = 5;

/** What edges of one place keep in its cache. */
export interface PlaceCache {
  shared: { readonly etag: string; readonly snapshot: Snapshot; readonly takenAtMs: number } | undefined;
}

export class EdgeSnapshots {
  readonly #time: VirtualTime;
  readonly #network: Network;
  readonly #edge: Party & { readonly name: string };
  readonly #control: ControlObject;
  readonly #pool: EdgePool;
  readonly #cache: PlaceCache;
  readonly #refresh = notYetRefreshed();
  #etag = "";
  #snapshot: Snapshot;
  #reportedAtMs = 0;

  constructor(
    time: VirtualTime,
    network: Network,
    edge: Party & { readonly name: string },
    control: ControlObject,
    pool: EdgePool,
    cache: PlaceCache,
    snapshot: Snapshot,
  ) {
    this.#time = time;
    this.#network = network;
    this.#edge = edge;
    this.#control = control;
    this.#pool = pool;
    this.#cache = cache;
    this.#snapshot = snapshot;
  }

  /** So old is what this edge decides by; Infinity before it has heard anything. */
  ageMs(nowMs: number): number {
    return nowMs - this.#refresh.takenAtMs;
  }

  /** Goes on when what is known is young enough, or the deadline is over. */
  ready(go: () => void): void {
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
    this.#refreshNow(true);
  }

  /** Sees to it that what was seen is told, though no other request may come. */
  tellLater(): void {
    const { life } = this.#edge;
    if (this.#isTelling) return;
    this.#isTelling = true;
    this.#time.in(this.#edge, REPORT_EVERY_MS, () => {
      if (this.#edge.life !== life) return;
      this.#isTelling = false;
      if (this.#hasNews()) this.#refreshNow(true);
    });
  }

  #isTelling = false;

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
    const isReportDue = Math.abs(startedAtMs - this.#reportedAtMs) >= REPORT_EVERY_MS && this.#hasNews();
    const { shared } = this.#cache;
    const ageMs = startedAtMs - (shared?.takenAtMs ?? Number.NEGATIVE_INFINITY);
    if (!isReport && !isReportDue && shared !== undefined && ageMs >= 0 && ageMs < FRESH_MS) {
      this.#take(shared.etag, shared.snapshot, startedAtMs, shared.takenAtMs);
      waits?.();
      return;
    }
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
        this.#reportedAtMs = this.#time.shownMs;
        trustAgain(this.#pool.compiled, answer.proofs);
        this.#take(answer.etag, answer.snapshot, startedAtMs, startedAtMs);
        this.#cache.shared = { etag: this.#etag, snapshot: this.#snapshot, takenAtMs: startedAtMs };
      }
      go();
    };
    const ask = () => this.#control.exchange(this.#edge.name, this.#etag, reports, distrusts);
    this.#network.call(this.#edge, this.#control, ask, done, { deadlineMs: GIVE_UP_MS });
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
