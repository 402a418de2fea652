/** Every page in every state, with data as it might be on a busy evening; for the preview, and for tests of all pages. */
import { failurePage } from "../../src/pages/failure.tsx";
import type { Page } from "../../src/pages/layout.tsx";
import { leftPage } from "../../src/pages/left.tsx";
import { type HeldBack, heldBackPage } from "../../src/pages/limited.tsx";
import { maintenancePage } from "../../src/pages/maintenance.tsx";
import { type Place, queuedPage } from "../../src/pages/queued.tsx";
import type { Reader } from "../../src/pages/reader.ts";
import type { PageKind } from "../../src/pages/site.ts";
import { statusPage } from "../../src/pages/status.tsx";

export interface Sample {
  readonly name: string;
  readonly kind: PageKind;
  readonly again: Reader["again"];
  readonly render: (reader: Reader, nowMs: number) => Page;
}

/** People that waited in each of the last 24 hours. */
export const HISTORY = [
  820, 310, 140, 60, 20, 0, 0, 0, 15, 210, 640, 980, 1_210, 1_420, 1_130, 1_300, 1_500, 870, 560, 610, 900,
  1_480, 2_600, 3_912,
] as const;

const inSeconds = (nowMs: number, seconds: number) => new Date(nowMs + seconds * 1000).toISOString();

export function samplePlace(nowMs: number): Place {
  return {
    room: "main",
    state: "waiting",
    position: 1_285,
    ahead: 1_284,
    estimatedWaitSeconds: { low: 361, high: 539 },
    pollAfterSeconds: 8,
    waiting: 3_912,
    keptUntil: inSeconds(nowMs, 1_800),
    joinedAt: inSeconds(nowMs, -240),
    ticketId: "q7Zk0vYh3XbN9sLmTjRf2A",
  };
}

const waiting = (
  name: string,
  change: (nowMs: number) => Partial<Place>,
  again: Reader["again"] = "link",
): Sample => ({
  name,
  kind: "waiting",
  again,
  render: (reader, nowMs) =>
    queuedPage({ standing: { ...samplePlace(nowMs), ...change(nowMs) }, reader, history: HISTORY, nowMs }),
});

const held = (name: string, held: HeldBack, again: Reader["again"] = "link"): Sample => ({
  name,
  kind: "limited",
  again,
  render: (reader) => heldBackPage({ held, reader }),
});

const inMaintenance = (name: string, isPlanned: boolean, again: Reader["again"] = "link"): Sample => ({
  name,
  kind: "maintenance",
  again,
  render: (reader, nowMs) =>
    maintenancePage({
      reader,
      message: isPlanned ? { language: "zh-CN", text: "我们正在升级系统，让支付更快。" } : undefined,
      works: isPlanned ? { language: "zh-CN", text: "付款码和余额查询可以照常使用。" } : undefined,
      endsAtMs: isPlanned ? nowMs + 5_400_000 : undefined,
    }),
});

const failed = (failure: Parameters<typeof failurePage>[0]["failure"], again: Reader["again"]): Sample => ({
  name: `${failure}-${again}`,
  kind: "failure",
  again,
  render: (reader, nowMs) =>
    failurePage({
      failure,
      reader,
      reference: { id: "4bf92f3577b34da6a3ce929d0e0e4736-1f6b0c2d", atMs: nowMs },
    }),
});

export const SAMPLES: readonly Sample[] = [
  waiting("waiting", () => ({})),
  waiting("waiting-next", () => ({ position: 1, ahead: 0, estimatedWaitSeconds: { low: 0, high: 20 } })),
  waiting("waiting-unknown", () => ({ estimatedWaitSeconds: null })),
  waiting("waiting-paused", () => ({ state: "paused", estimatedWaitSeconds: null })),
  waiting("waiting-before", (nowMs) => ({
    position: null,
    ahead: null,
    estimatedWaitSeconds: null,
    startsAt: inSeconds(nowMs, 900),
  })),
  waiting("waiting-submit", () => ({}), "submit"),
  {
    name: "waiting-bare",
    kind: "waiting",
    again: "link",
    // What an edge knows that has not heard of its room yet.
    render: (reader, nowMs) => {
      const { waiting: _, keptUntil: __, joinedAt: ___, ...standing } = samplePlace(nowMs);
      return queuedPage({ standing, reader, nowMs });
    },
  },
  held("limited", { kind: "limited", whose: "caller", seconds: 65 }),
  held("limited-everybody", { kind: "limited", whose: "everybody", seconds: 4 }),
  held("limited-submit", { kind: "limited", whose: "caller", seconds: 65 }, "submit"),
  held("used-up", { kind: "used-up" }),
  held("limiter-down", { kind: "limiter-down", seconds: 3 }),
  inMaintenance("maintenance", true),
  inMaintenance("maintenance-unknown", false),
  inMaintenance("maintenance-submit", true, "submit"),
  failed("busy", "link"),
  failed("busy", "submit"),
  failed("unreachable", "link"),
  failed("timeout", "link"),
  failed("error", "link"),
  failed("outcome-unknown", "link"),
  failed("outcome-unknown", "submit"),
  {
    name: "status",
    kind: "status",
    again: "link",
    render: (reader, nowMs) =>
      statusPage({
        reader,
        nowMs,
        parts: [
          {
            name: "支付 · Payments",
            state: "busy",
            waiting: 3_912,
            estimatedWaitSeconds: { low: 361, high: 539 },
            planned: [{ startsAt: inSeconds(nowMs, 90_000), endsAt: inSeconds(nowMs, 97_200) }],
            history: HISTORY,
          },
          { name: "余额 · Balance", state: "normal", planned: [] },
          { name: "理财 · Savings", state: "maintenance", endsAt: inSeconds(nowMs, 5_400), planned: [] },
        ],
      }),
  },
  { name: "left", kind: "left", again: "link", render: (reader) => leftPage(reader) },
];

/** A site with all that operators can make their own. */
export const SAMPLE_SITE: Reader["site"] = {
  brand: "云钱包",
  logo: "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='4' fill='%230b6e5f'/%3E%3C/svg%3E",
  template: undefined,
  color: undefined,
  colorDark: undefined,
  supportUrl: "tel:95588",
  supportText: { language: "zh-CN", text: "客服电话 95588，全天 24 小时。" },
  statusUrl: "/.tidegate/status",
  accountPath: "/transactions",
  updateUrl: "https://wallet.example/app",
  isOldApp: false,
  announcements: [],
  text: undefined,
};
