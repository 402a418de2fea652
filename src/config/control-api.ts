/** What edges, operators and Control tell each other: plain data, and the methods of the Control object. */
import type { Edit } from "./edit.ts";
import type { ConfigProblem } from "./load.ts";
import type { ChangePlan } from "./plan.ts";
import type { Snapshot } from "./snapshot.ts";

/** The configuration file that a deployed Worker carries. */
export interface Bundle {
  /** SHA-256 of its text, hex. */
  readonly sha256: string;
  /** When the Worker was deployed, epoch milliseconds (version metadata); 0 when unknown. */
  readonly deployedAtMs: number;
}

export interface ExchangeRequest {
  /** The tag of the snapshot that the edge has, or "" for none. */
  readonly etag: string;
  readonly bundle: Bundle;
}

export type ExchangeAnswer =
  | { readonly kind: "unchanged" }
  | { readonly kind: "snapshot"; readonly etag: string; readonly snapshot: Snapshot }
  /** Control has not seen this bundle and wants its text. */
  | { readonly kind: "send-bundle" };

export interface ChangeRequest {
  readonly edit: Edit;
  /** The version that the operator saw; another one in force means a conflict. */
  readonly basedOn: number;
  /** True tells what would happen and changes nothing. */
  readonly dryRun: boolean;
  readonly author: string;
  readonly reason: string;
  /** Hosts that the edge is known to answer on, so that none of them is an origin. */
  readonly ownHosts: readonly string[];
}

export type ChangeAnswer =
  | { readonly kind: "planned"; readonly plan: ChangePlan }
  | { readonly kind: "applied"; readonly plan: ChangePlan }
  | { readonly kind: "unchanged"; readonly version: number }
  | { readonly kind: "conflict"; readonly version: number }
  | { readonly kind: "no-such-version"; readonly version: number }
  | { readonly kind: "invalid"; readonly problems: readonly ConfigProblem[] };

export type OriginState = "healthy" | "unhealthy" | "ejected" | "draining" | "maintenance";

export interface Status {
  readonly version: number;
  readonly pools: readonly {
    readonly name: string;
    readonly origins: readonly {
      readonly name: string;
      readonly state: OriginState;
      readonly weight: number;
      readonly effectiveWeight: number;
      /** Share of the pool's users, 0 to 1. */
      readonly share: number;
    }[];
  }[];
  readonly rooms: readonly {
    readonly name: string;
    readonly mode: "auto" | "hold" | "off";
    readonly waiting: number;
    readonly active: number;
    readonly leased: number;
    readonly limit: number;
  }[];
}

export interface VersionEntry {
  readonly version: number;
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly kind: "bundle" | Edit["kind"];
  readonly author: string;
  readonly reason: string;
}

/** The Control object's methods, as edges and operators call them. */
export interface ControlApi {
  exchange(request: ExchangeRequest): Promise<ExchangeAnswer>;
  adopt(bundle: Bundle, toml: string): Promise<ExchangeAnswer>;
  change(request: ChangeRequest): Promise<ChangeAnswer>;
  status(): Promise<Status>;
  history(): Promise<readonly VersionEntry[]>;
}
