/** One edge: the stages in order, as `app.ts` has them: snapshot, limit, admit, forward. */
import type { Snapshot } from "../../src/config/snapshot.ts";
import { affinityHash } from "../../src/policy/identity-key.ts";
import type { BucketShape } from "../../src/policy/token-bucket.ts";
import type { Chance } from "./chance.ts";
import type { ControlObject } from "./control-object.ts";
import { EdgeLimits } from "./edge-limits.ts";
import { EdgePool, type Forwarded } from "./edge-pool.ts";
import { EdgeRoom } from "./edge-room.ts";
import { EdgeSnapshots } from "./edge-snapshots.ts";
import type { LimiterObject } from "./limiter-object.ts";
import type { Network, Party } from "./network.ts";
import type { PlaceCache } from "./place-cache.ts";
import type { PlacesObject } from "./places-object.ts";
import type { Asked, Region } from "./region.ts";
import type { RoomObject } from "./room-object.ts";
import type { Admission, EdgeRoomWatcher, Shown } from "./tokens.ts";
import type { VirtualTime } from "./virtual.ts";

/** What is there beside an edge. */
export interface Surroundings {
  readonly time: VirtualTime;
  readonly chance: Chance;
  readonly network: Network;
  readonly shape: BucketShape;
  readonly shards: readonly LimiterObject[];
  readonly room: RoomObject;
  readonly places: PlacesObject;
  readonly control: ControlObject;
  readonly regions: readonly Region[];
  /** As bundled with the Worker. */
  readonly bundled: Snapshot;
  readonly watcher: EdgeRoomWatcher & {
    charged(user: string, cost: number): void;
    refunded(user: string, cost: number): void;
  };
}

export type Answer =
  | { readonly kind: "limited" }
  | Extract<Admission, { kind: "waiting" }>
  | {
      readonly kind: "forwarded";
      readonly forwarded: Forwarded;
      readonly pass: Extract<Admission, { kind: "in" }>["pass"];
    }
  /** In, as a poll tells it. */
  | { readonly kind: "admitted"; readonly pass: Extract<Admission, { kind: "in" }>["pass"] };

export interface Request {
  /** Whose bucket it is. */
  readonly user: string;
  readonly shown: Shown;
  readonly what: Asked | { readonly kind: "poll" };
}

const COST = { read: 1, payment: 2, end: 1 } as const;

export class Edge implements Party {
  offsetMs: number;
  life = 0;
  isUp = true;
  isCutOff = false;
  readonly name: string;
  readonly limits: EdgeLimits;
  readonly pool: EdgePool;
  readonly room: EdgeRoom;
  readonly snapshots: EdgeSnapshots;
  readonly #around: Surroundings;

  constructor(name: string, offsetMs: number, cache: PlaceCache, around: Surroundings) {
    const { time, chance, network, shape, shards, control, regions, bundled, watcher } = around;
    this.name = name;
    this.offsetMs = offsetMs;
    this.#around = around;
    this.limits = new EdgeLimits(time, network, this, shape, shards);
    this.pool = new EdgePool(time, chance, network, this, regions, bundled, () =>
      this.snapshots.reportSoon(),
    );
    this.snapshots = new EdgeSnapshots(time, chance, network, this, control, this.pool, cache, bundled);
    this.room = new EdgeRoom(around, this, cache, () => this.pool.compiled, watcher);
  }

  /** Is gone, with all that it knew and had under way. */
  die(): void {
    this.life += 1;
    this.isUp = false;
  }

  handle(request: Request, reply: (answer: Answer) => void): void {
    this.snapshots.ready(() => {
      if (request.what.kind === "poll") this.#poll(request, reply);
      else this.#ask(request, request.what, reply);
    });
  }

  #poll({ shown }: Request, reply: (answer: Answer) => void): void {
    this.room.admit(shown, (admission) =>
      reply(admission.kind === "waiting" ? admission : { kind: "admitted", pass: admission.pass }),
    );
  }

  #ask({ user, shown }: Request, what: Asked, reply: (answer: Answer) => void): void {
    const { watcher } = this.#around;
    const cost = COST[what.kind];
    const hash = affinityHash(user);
    this.limits.charge(user, hash, cost, (charged) => {
      if (charged !== "paid") return reply({ kind: "limited" });
      watcher.charged(user, cost);
      this.room.admit(shown, (admission) => {
        if (admission.kind === "waiting") {
          watcher.refunded(user, cost);
          this.limits.giveBack(user, hash, cost);
          return reply(admission);
        }
        this.pool.forward(what, user, (forwarded) => {
          this.snapshots.tellLater();
          const isFailure = forwarded.kind !== "answered" || forwarded.status >= 500;
          this.room.noteOutcome(isFailure);
          if (what.kind === "end" && !isFailure) this.room.end(admission.pass.id);
          reply({ kind: "forwarded", forwarded, pass: admission.pass });
        });
      });
    });
  }
}
