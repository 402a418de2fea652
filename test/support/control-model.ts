/** Edges of many places that keep their snapshots fresh by the real policy: what Control is asked, and how old they get. */
import { type EdgesHeard, noteHeard, paceMs, urgentAfterMs } from "../../src/policy/control-pace.ts";
import {
  controlAsked,
  decideRefresh,
  isYoung,
  lookedInVain,
  mayAsk,
  notYetRefreshed,
  paceTold,
  REFRESH_DEADLINE_MS,
  type RefreshState,
  refreshBegan,
  refreshSucceeded,
  reportDueMs,
} from "../../src/policy/refresh.ts";
import { Agenda } from "./agenda.ts";
import { randomFrom } from "./lease-model.ts";

export interface ControlWorld {
  readonly seed: number;
  readonly edges: number;
  /** Edges of one share what they fetched; as many as edges: nobody shares anything. */
  readonly places: number;
  /** Of each edge, at random times. */
  readonly requestsPerSecond: number;
  readonly seconds: number;
  /** All edges have urgent news at this second. */
  readonly urgentAtSecond?: number;
}

export interface ControlFigures {
  /** Exchanges in each second. */
  readonly perSecond: readonly number[];
  /** Age of what each request was decided by, milliseconds, sorted; from half of the time on. */
  readonly ages: readonly number[];
  /** Most counts that waited untold, and for how long, milliseconds; from half of the time on. */
  readonly longestUntoldMs: number;
  /** Counted, and told, when all has come to rest. */
  readonly counted: number;
  readonly told: number;
}

interface ModelEdge {
  readonly state: RefreshState;
  readonly name: string;
  readonly place: { takenAtMs: number };
  counts: number;
  countedSinceMs: number;
  tellingUntilMs: number;
  hasAsked: boolean;
}

const WAY_MS = [5, 45] as const;
const REPORT_AFTER_MS = 1000;

export function runControl(world: ControlWorld): ControlFigures {
  const agenda = new Agenda();
  const random = randomFrom(world.seed);
  const heard: EdgesHeard = new Map();
  const perSecond = new Array<number>(world.seconds + 40).fill(0);
  const ages: number[] = [];
  let [counted, told, longestUntoldMs] = [0, 0, 0];
  const nowMs = () => Math.floor(agenda.nowMs);
  const endMs = world.seconds * 1000;
  const wayMs = () => WAY_MS[0] + random() * (WAY_MS[1] - WAY_MS[0]);

  const ask = (edge: ModelEdge) => {
    const { state } = edge;
    const startedAtMs = nowMs();
    refreshBegan(state, startedAtMs);
    controlAsked(state, startedAtMs);
    const { counts } = edge;
    if (counts > 0 && startedAtMs > endMs / 2)
      longestUntoldMs = Math.max(longestUntoldMs, startedAtMs - edge.countedSinceMs);
    edge.counts = 0;
    agenda.in(wayMs(), () => {
      const second = Math.floor(agenda.nowMs / 1000);
      perSecond[second] = (perSecond[second] ?? 0) + 1;
      told += counts;
      noteHeard(heard, edge.name, nowMs());
      const pace = paceMs(heard.size);
      agenda.in(wayMs(), () => {
        edge.hasAsked = true;
        paceTold(state, pace, random());
        refreshSucceeded(state, startedAtMs, startedAtMs, nowMs());
        edge.place.takenAtMs = Math.max(edge.place.takenAtMs, startedAtMs);
      });
    });
  };

  const refresh = (edge: ModelEdge) => {
    const { state, place } = edge;
    const startedAtMs = nowMs();
    refreshBegan(state, startedAtMs);
    const isReportDue = edge.counts > 0 && reportDueMs(state, startedAtMs) <= startedAtMs;
    if (edge.hasAsked && !isReportDue) {
      const { takenAtMs } = place;
      if (takenAtMs > state.takenAtMs || isYoung(takenAtMs, startedAtMs))
        refreshSucceeded(state, startedAtMs, takenAtMs, startedAtMs);
      if (isYoung(takenAtMs, startedAtMs)) return;
      if (!mayAsk(state, startedAtMs)) return lookedInVain(state, startedAtMs, startedAtMs);
    }
    ask(edge);
  };

  const tellAt = (edge: ModelEdge, dueMs: number) => {
    edge.tellingUntilMs = dueMs;
    agenda.at(Math.max(agenda.nowMs + 1, dueMs), () => {
      if (edge.counts === 0 || mayAsk(edge.state, nowMs())) {
        edge.tellingUntilMs = 0;
        if (edge.counts > 0) ask(edge);
      } else tellAt(edge, reportDueMs(edge.state, nowMs()));
    });
  };

  const serve = (edge: ModelEdge) => {
    if (agenda.nowMs >= endMs) return;
    const decision = decideRefresh(edge.state, nowMs());
    if (decision === "behind" || decision === "before") refresh(edge);
    const isReady = decision === "use" || decision === "behind";
    // The deadline of a request that waits; most have the answer before.
    if (agenda.nowMs > endMs / 2)
      agenda.in(isReady ? 0 : REFRESH_DEADLINE_MS, () => ages.push(nowMs() - edge.state.takenAtMs));
    if (edge.counts === 0) edge.countedSinceMs = nowMs();
    edge.counts += 1;
    counted += 1;
    if (nowMs() >= edge.tellingUntilMs)
      tellAt(edge, Math.max(nowMs() + REPORT_AFTER_MS, reportDueMs(edge.state, nowMs())));
    agenda.in((-Math.log(1 - random()) * 1000) / world.requestsPerSecond, () => serve(edge));
  };

  const urgent = (edge: ModelEdge) => {
    const { askedAtMs } = edge.state;
    agenda.in(urgentAfterMs(edge.state.paceMs, random()), () => {
      if (edge.state.askedAtMs === askedAtMs) ask(edge);
    });
  };

  const places = Array.from({ length: world.places }, () => ({ takenAtMs: Number.NEGATIVE_INFINITY }));
  for (let index = 0; index < world.edges; index += 1) {
    const place = places[index % world.places];
    if (place === undefined) throw new Error("no place");
    const counts = { counts: 0, countedSinceMs: 0, tellingUntilMs: 0 };
    const edge = { state: notYetRefreshed(), name: `e${index}`, place, hasAsked: false, ...counts };
    agenda.at(random() * 1000, () => serve(edge));
    const { urgentAtSecond } = world;
    if (urgentAtSecond !== undefined) agenda.at(urgentAtSecond * 1000, () => urgent(edge));
  }
  agenda.run();
  return { perSecond, ages: ages.sort((a, b) => a - b), longestUntoldMs, counted, told };
}

export function at(sorted: readonly number[], share: number): number {
  return sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
}
