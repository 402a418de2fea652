/** Keeps this edge's snapshot at most a second old, and never makes a request wait longer than 100 ms for it. */
import type { Bundle, ExchangeAnswer } from "../config/control-api.ts";
import { controlStub, type Env } from "../config/env.ts";
import type { EdgeReport } from "../config/health-report.ts";
import type { Snapshot } from "../config/snapshot.ts";
import { urgentAfterMs } from "../policy/control-pace.ts";
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
} from "../policy/refresh.ts";
import { bundledSnapshot, bundleText, describeBundle } from "./bundle.ts";
import { type Compiled, compile } from "./compiled.ts";
import { giveBackCounts, hasCounts, mustTell, takeCounts } from "./counters.ts";
import { edgeName } from "./edge-name.ts";
import { giveBackReport, type OriginMemory, takeReport } from "./origin-memory.ts";
import { isOfRelease, readShared, share } from "./snapshot-cache.ts";
import { distrustsOf, trustAgain } from "./write-trust.ts";

/** How often a request looks whether another request's refresh is there. */
const LOOK_AGAIN_MS = 5;

// Plain data only: a promise or stub of one request must never be awaited by another ("code had hung").
const refresh = notYetRefreshed();
let compiled: Compiled | undefined;
let snapshot: Snapshot | undefined;
let etag = "";
let bundle: Bundle | undefined;
let isCold = true;
/** Until then some request waits to tell what was counted. */
let tellingUntilMs = 0;

/**
 * The snapshot to decide with. In steady state it is there at once; undefined when neither Control nor the
 * bundled file gives one.
 */
export function currentSnapshot(
  env: Env,
  ctx: Pick<ExecutionContext, "waitUntil">,
  nowMs: number = Date.now(),
): Compiled | undefined | Promise<Compiled | undefined> {
  if (isCold) startCold(env);
  switch (decideRefresh(refresh, nowMs)) {
    case "use":
      return compiled;
    case "behind":
      ctx.waitUntil(refreshNow(env, ctx));
      return compiled;
    case "before":
      return refreshBefore(env, ctx);
    case "wait":
      return waitForAnother(refresh.startedAtMs + REFRESH_DEADLINE_MS);
  }
}

function startCold(env: Env): void {
  isCold = false;
  snapshot = bundledSnapshot(env);
  if (snapshot !== undefined) compiled = compile(snapshot, undefined, Date.now(), Math.random());
}

async function refreshBefore(
  env: Env,
  ctx: Pick<ExecutionContext, "waitUntil">,
): Promise<Compiled | undefined> {
  const running = refreshNow(env, ctx);
  ctx.waitUntil(running);
  const isInTime = await Promise.race([running.then(() => true), scheduler.wait(REFRESH_DEADLINE_MS)]);
  if (!isInTime) refreshFailed(refresh, Date.now());
  return compiled;
}

async function waitForAnother(deadlineMs: number): Promise<Compiled | undefined> {
  while (Date.now() < deadlineMs && decideRefresh(refresh, Date.now()) === "wait") {
    await scheduler.wait(LOOK_AGAIN_MS);
  }
  return compiled;
}

/** Tells Control what this edge has seen, now and not with the next refresh; of thousands of edges each in a moment. */
export function reportSoon(env: Env, ctx: Pick<ExecutionContext, "waitUntil">): void {
  ctx.waitUntil(reportUrgently(env, ctx));
}

async function reportUrgently(env: Env, ctx: Pick<ExecutionContext, "waitUntil">): Promise<void> {
  const { askedAtMs } = refresh;
  const afterMs = urgentAfterMs(refresh.paceMs, Math.random());
  if (afterMs > 0) await scheduler.wait(afterMs);
  // Another request may have told it meanwhile.
  if (refresh.askedAtMs === askedAtMs) await refreshNow(env, ctx, "report");
}

/** Sees to it that what was counted is told, though no other request may come. */
export function tellCounts(env: Env, ctx: Pick<ExecutionContext, "waitUntil">, nowMs: number): void {
  const isSeenTo = nowMs < tellingUntilMs && tellingUntilMs - nowMs <= LONGEST_TELLING_MS;
  if (!isSeenTo && mustTell(nowMs)) ctx.waitUntil(tellLater(env, ctx));
}

async function tellLater(env: Env, ctx: Pick<ExecutionContext, "waitUntil">): Promise<void> {
  const beganAtMs = Date.now();
  let dueMs = Math.max(beganAtMs + REPORT_AFTER_MS, reportDueMs(refresh, beganAtMs));
  for (;;) {
    tellingUntilMs = dueMs;
    await scheduler.wait(Math.max(1, dueMs - Date.now()));
    const nowMs = Date.now();
    if (!hasCounts() || mayAsk(refresh, nowMs)) {
      // What is counted from here on needs another who tells it.
      tellingUntilMs = 0;
      return hasCounts() ? refreshNow(env, ctx, "report") : undefined;
    }
    // Another request has asked since, and more was counted after that.
    dueMs = reportDueMs(refresh, nowMs);
  }
}

function hasNews(from: Compiled | undefined): boolean {
  return (from?.pools ?? []).some((pool) => pool.origins.some(({ memory }) => memory.hasNews));
}

/** What is counted waits so long for more. */
const REPORT_AFTER_MS = 1000;
/** Longer nobody waits to tell, so a clock was set back. */
const LONGEST_TELLING_MS = 30_000;

/** Until then a neighbour's snapshot will do. */
function isReportDue(nowMs: number): boolean {
  const isTime = reportDueMs(refresh, nowMs) <= nowMs;
  return isTime && (hasCounts() || hasNews(compiled) || distrustsOf(compiled).length > 0);
}

interface TakenReport {
  readonly memory: OriginMemory;
  readonly report: EdgeReport;
}

function takeReports(from: Compiled | undefined): TakenReport[] {
  return (from?.pools ?? []).flatMap((pool) =>
    pool.origins.flatMap(({ name, memory }) => {
      const report = takeReport(pool.name, name, memory);
      return report === undefined ? [] : [{ memory, report }];
    }),
  );
}

/** Asks for the newest snapshot and takes it. Never throws. */
async function refreshNow(
  env: Env,
  ctx: Pick<ExecutionContext, "waitUntil">,
  purpose: "refresh" | "report" = "refresh",
): Promise<void> {
  const startedAtMs = Date.now();
  refreshBegan(refresh, startedAtMs);
  try {
    // To report an edge asks Control itself; and the first time, so that a new deployment's file is offered, unless a
    // neighbour of the same release surely has.
    const isOffered = bundle !== undefined || isOfRelease(env);
    const isShareable = isOffered && purpose === "refresh" && !isReportDue(startedAtMs);
    if (isShareable && (await takeShared(env, startedAtMs)) === "enough") return;
    refreshBegan(refresh, startedAtMs);
    controlAsked(refresh, startedAtMs);
    const answer = await askControl(env);
    if (answer.kind === "snapshot") take(answer.etag, answer.snapshot, startedAtMs, startedAtMs);
    else {
      refreshSucceeded(refresh, startedAtMs, startedAtMs, Date.now());
      if (compiled !== undefined) compiled.heard.atMs = refresh.takenAtMs;
    }
    if (snapshot !== undefined) ctx.waitUntil(share(env, { etag, snapshot, takenAtMs: startedAtMs }));
  } catch (error) {
    refreshFailed(refresh, Date.now());
    console.warn(
      `TG3002 Control cannot be reached, deciding with version ${compiled?.version ?? "none"}:`,
      error,
    );
  }
}

/** Takes what a neighbour has asked for. It is enough when it is young, or when this edge may not ask yet. */
async function takeShared(env: Env, startedAtMs: number): Promise<"enough" | "ask"> {
  const shared = await readShared(env, startedAtMs, refresh.takenAtMs);
  if (shared !== undefined) {
    take(shared.etag, shared.snapshot, startedAtMs, shared.takenAtMs);
    if (isYoung(shared.takenAtMs, startedAtMs)) return "enough";
  }
  if (mayAsk(refresh, startedAtMs)) return "ask";
  lookedInVain(refresh, startedAtMs, Date.now());
  return "enough";
}

async function askControl(env: Env): Promise<ExchangeAnswer> {
  bundle ??= await describeBundle(env);
  const taken = takeReports(compiled);
  const counts = takeCounts();
  try {
    const reports = taken.map(({ report }) => report);
    const distrusts = distrustsOf(compiled);
    const answer = await controlStub(env).exchange({
      etag,
      bundle,
      edge: edgeName(),
      reports,
      distrusts,
      counts,
    });
    if (answer.kind !== "send-bundle") {
      trustAgain(compiled, answer.proofs ?? []);
      paceTold(refresh, answer.nextInMs, Math.random());
      return answer;
    }
  } catch (error) {
    for (const { memory, report } of taken) giveBackReport(memory, report);
    giveBackCounts(counts);
    throw error;
  }
  return controlStub(env).adopt(bundle, bundleText(env));
}

function take(newEtag: string, newSnapshot: Snapshot, startedAtMs: number, takenAtMs: number): void {
  const nowMs = Date.now();
  if (isNews(refresh, takenAtMs, nowMs) && (newEtag !== etag || compiled === undefined)) {
    compiled = compile(newSnapshot, compiled, nowMs, Math.random());
    snapshot = newSnapshot;
    etag = newEtag;
  }
  refreshSucceeded(refresh, startedAtMs, takenAtMs, nowMs);
  if (compiled !== undefined) compiled.heard.atMs = refresh.takenAtMs;
}
