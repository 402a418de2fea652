/** What a world came to. */
import type { Wrong } from "./wrongs.ts";

export interface Outcome {
  readonly seed: number;
  /** Of everything that happened. */
  readonly hash: string;
  readonly events: number;
  readonly wrongs: readonly Wrong[];
  readonly longestIdleRegionMs: number;
  readonly longestWronglyOutMs: number;
  readonly longestIdleSlotMs: number;
  readonly simulatedMs: number;
  readonly people: number;
  readonly admitted: number;
  /** Of a big world: who waited and came in. */
  readonly waited: readonly { readonly cameAtMs: number; readonly inAtMs: number }[];
  /** When it is asked for. */
  readonly trace: readonly string[];
}
