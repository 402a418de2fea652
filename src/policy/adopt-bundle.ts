/** Whether a deployed configuration file becomes a new version: each new file once, and an older one never. */

/** A deployed file, as Control last took one note of. */
export interface KnownBundle {
  readonly sha256: string;
  /** Epoch milliseconds; 0 when unknown. */
  readonly deployedAtMs: number;
}

export type BundleDecision =
  /** It becomes a new version. */
  | "adopt"
  /** The same file deployed again: live changes stay, only the time is remembered. */
  | "note"
  /** Known, or from a deployment that a newer one has replaced. */
  | "ignore";

/**
 * @param known the last bundle adopted or noted; undefined before the first
 * @param followUnknown true takes a changed file whose deployment time is unknown (local development)
 */
export function decideBundle(
  known: KnownBundle | undefined,
  offered: KnownBundle,
  followUnknown: boolean,
): BundleDecision {
  if (known === undefined) return "adopt";
  const isNewer = offered.deployedAtMs > known.deployedAtMs;
  if (offered.sha256 === known.sha256) return isNewer ? "note" : "ignore";
  if (offered.deployedAtMs === 0) return followUnknown ? "adopt" : "ignore";
  return isNewer ? "adopt" : "ignore";
}
