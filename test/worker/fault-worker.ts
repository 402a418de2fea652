// The Worker with faults in it, for tests only: the product's own code, objects that fail as told, a clock that is wrong.
// Each isolate has faults of its own, set by POST /__faults; a fault strikes the calls that this isolate makes.

import type { DurableObject } from "cloudflare:workers";
import { serve } from "../../src/app.ts";
import type { Env } from "../../src/config/env.ts";
import { Control as RealControl } from "../../src/control/control.ts";
import { Limiter as RealLimiter } from "../../src/control/limiter.ts";
import { Monitor as RealMonitor } from "../../src/control/monitor.ts";
import { Places as RealPlaces } from "../../src/control/places.ts";
import { Room as RealRoom } from "../../src/control/room.ts";
import { setSkew, skew } from "./fault-clock.ts";

const BINDINGS = ["CONTROL", "MONITOR", "LIMITER", "ROOM", "PLACES"] as const;
type Binding = (typeof BINDINGS)[number];
type Kind = "throws" | "overloaded" | "slow" | "reset";

interface Faults {
  readonly objects?: Partial<Record<Binding, Kind>>;
  /** Monitors of one pool alone; left out, of all. */
  readonly monitorsOf?: string;
  readonly skewMs?: number;
}

const SLOW_MS = 10_000;
let faults: Faults = {};
/** How often a fault has struck in this isolate, by object. */
const struck: Partial<Record<Binding, number>> = {};

type Work = () => Promise<unknown>;

/** What becomes of work inside an object. */
async function underFault(kind: Kind, ctx: DurableObjectState, work: Work): Promise<unknown> {
  switch (kind) {
    case "throws":
      throw new Error("made to throw");
    case "overloaded":
      // As the platform says it, with its own marks.
      throw Object.assign(new Error("Durable Object is overloaded. Too many requests queued."), {
        overloaded: true,
        retryable: false,
      });
    case "slow":
      await scheduler.wait(SLOW_MS);
      return work();
    case "reset":
      // The work is begun, and nobody learns whether it was done.
      await work();
      ctx.abort("made to start anew");
  }
}

type AnyObject = abstract new (ctx: DurableObjectState, env: Env) => DurableObject<Env>;
type Methods = Record<string, (...args: unknown[]) => Promise<unknown>>;

function withFaults<Base extends AnyObject>(base: Base) {
  // biome-ignore lint/suspicious/noExplicitAny: a mixin's constructor takes any arguments (TypeScript handbook)
  abstract class Faulty extends (base as abstract new (...args: any[]) => DurableObject<Env>) {
    constructor(ctx: DurableObjectState, env: Env) {
      super(ctx, withFaultyCalls(env));
      // Alarms ring by the platform's clock, which is this object's.
      const setAlarm = ctx.storage.setAlarm.bind(ctx.storage);
      Object.defineProperty(ctx.storage, "setAlarm", {
        value: (atMs: number) => setAlarm(Number(atMs) - skew()),
      });
    }

    callUnderFault(kind: Kind, method: string, args: unknown[]): Promise<unknown> {
      return underFault(kind, this.ctx, async () => (this as unknown as Methods)[method]?.(...args));
    }
  }
  return Faulty as unknown as Base;
}

/** Nobody calls a monitor while it probes, so its own alarm fails. */
class FaultyMonitor extends withFaults(RealMonitor) {
  override async alarm(): Promise<void> {
    const kind = faults.objects?.MONITOR;
    const isMeant = faults.monitorsOf === undefined || this.ctx.id.name?.startsWith(`${faults.monitorsOf} `);
    if (kind === undefined || isMeant !== true) return super.alarm();
    note("MONITOR");
    await underFault(kind, this.ctx, () => super.alarm());
  }
}

export const Control = withFaults(RealControl);
export const Limiter = withFaults(RealLimiter);
export const Monitor = FaultyMonitor;
export const Places = withFaults(RealPlaces);
export const Room = withFaults(RealRoom);

function note(binding: Binding): void {
  struck[binding] = (struck[binding] ?? 0) + 1;
}

const wrapped = new WeakMap<Env, Env>();

/** The same bindings; what is called through them meets this isolate's faults. */
function withFaultyCalls(env: Env): Env {
  const known = wrapped.get(env);
  if (known !== undefined) return known;
  const made = { ...env } as Record<string, unknown>;
  for (const binding of BINDINGS) made[binding] = namespaceWithFaults(binding, env[binding] as never);
  wrapped.set(env, made as unknown as Env);
  return made as unknown as Env;
}

function namespaceWithFaults(binding: Binding, real: DurableObjectNamespace) {
  return {
    idFromName: (name: string) => real.idFromName(name),
    get: (id: DurableObjectId, options?: DurableObjectNamespaceGetDurableObjectOptions) =>
      stubWithFaults(binding, real.get(id, options)),
    getByName: (name: string) => stubWithFaults(binding, real.getByName(name)),
  };
}

interface Callable {
  callUnderFault(kind: Kind, method: string, args: unknown[]): Promise<unknown>;
}

function stubWithFaults(binding: Binding, stub: DurableObjectStub): unknown {
  return new Proxy(
    {},
    {
      get: (_, method) => {
        if (typeof method !== "string" || method === "then") return undefined;
        return (...args: unknown[]) => {
          // A monitor's fault is in its alarm.
          const kind = binding === "MONITOR" ? undefined : faults.objects?.[binding];
          if (kind === undefined) return (stub as unknown as Methods)[method]?.(...args);
          note(binding);
          return (stub as unknown as Callable).callUnderFault(kind, method, args);
        };
      },
    },
  );
}

export default {
  async fetch(request, env, ctx) {
    if (new URL(request.url).pathname !== "/__faults") return serve(request, withFaultyCalls(env), ctx);
    if (request.method === "POST") {
      faults = await request.json();
      setSkew(faults.skewMs ?? 0);
    }
    return Response.json({ faults, struck });
  },
} satisfies ExportedHandler<Env>;
