/** Keeps status and history fresh while somebody looks. */
import { useEffect, useRef, useState } from "hono/jsx/dom";
import { type Api, Refusal, type Series, type Status } from "./api.ts";

const EVERY_MS = 2000;
/** After a change its operator watches what it does. */
const QUICK_EVERY_MS = 500;
const QUICK_FOR_MS = 10_000;

export interface Live {
  readonly status: Status | undefined;
  readonly series: Series | undefined;
  /** Why the last question had no answer; "" while all is well. */
  readonly trouble: string;
  /** Ends when a status that was asked for from now on is on the screen, or could not be had. */
  refresh(): Promise<void>;
}

export function useLive(api: Api, window: "hour" | "day", leave: (why: string) => void): Live {
  const [status, setStatus] = useState<Status | undefined>(undefined);
  const [series, setSeries] = useState<Series | undefined>(undefined);
  const [trouble, setTrouble] = useState("");
  const ask = useRef<() => Promise<void>>(async () => undefined);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;
    let asking: Promise<void> | undefined;
    let quickUntilMs = 0;
    let known: Series | undefined;
    const look = async () => {
      if (asking !== undefined) return asking;
      clearTimeout(timer);
      if (isOver || document.hidden) return;
      asking = askOnce();
      await asking;
      asking = undefined;
      timer = setTimeout(look, Date.now() < quickUntilMs ? QUICK_EVERY_MS : EVERY_MS);
    };
    const askOnce = async () => {
      try {
        const newestMs = known?.steps.at(-1)?.startMs ?? 0;
        const [nowStatus, fresh] = await Promise.all([api.status(), api.series(window, newestMs)]);
        if (isOver) return;
        known = known === undefined ? fresh : joined(known, fresh, window);
        setStatus(nowStatus);
        setSeries(known);
        setTrouble("");
      } catch (error) {
        if (isOver) return;
        if (error instanceof Refusal && error.status === 401)
          return leave("Your token is not valid any more.");
        setTrouble(error instanceof Refusal ? error.message : "The edge cannot be reached.");
      }
    };
    ask.current = async () => {
      quickUntilMs = Date.now() + QUICK_FOR_MS;
      // What is under way may have been answered before the change.
      await asking;
      await look();
    };
    const onLook = () => void look();
    document.addEventListener("visibilitychange", onLook);
    void look();
    return () => {
      isOver = true;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", onLook);
    };
  }, [api, window]);

  return { status, series, trouble, refresh: async () => ask.current?.() };
}

const WINDOW_MS = { hour: 3_600_000, day: 86_400_000 } as const;

/** The last known step comes again, as it has grown. */
function joined(known: Series, fresh: Series, window: "hour" | "day"): Series {
  const firstMs = fresh.steps[0]?.startMs ?? Number.POSITIVE_INFINITY;
  const oldestMs = fresh.nowMs - WINDOW_MS[window];
  const kept = known.steps.filter(({ startMs }) => startMs < firstMs && startMs > oldestMs);
  return { ...fresh, steps: [...kept, ...fresh.steps] };
}
