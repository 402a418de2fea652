// A clock that is wrong by as much as a test says, in this isolate alone. Imported before all else.

const RealDate = Date;
let skewMs = 0;

/** Ahead of the real time if positive. */
export function setSkew(ms: number): void {
  skewMs = ms;
}

export function skew(): number {
  return skewMs;
}

globalThis.Date = class extends RealDate {
  constructor(...args: unknown[]) {
    if (args.length === 0) super(RealDate.now() + skewMs);
    else super(...(args as [number]));
  }
  static override now(): number {
    return RealDate.now() + skewMs;
  }
} as DateConstructor;
