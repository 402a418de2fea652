/** What devices show of a room and what they are told, and who is told of it. */
import type { Standing } from "../../src/policy/stand-in-line.ts";

export type Ticket = Standing;

export interface Pass {
  readonly id: string;
  readonly issuedAtSeconds: number;
  readonly untilMs: number;
}

/** What a device shows. */
export interface Shown {
  /** Of a signed-in user. */
  readonly owner: string | undefined;
  readonly ticket: Ticket | undefined;
  readonly pass: Pass | undefined;
}

export type Admission =
  /** `pass` is what the answer tells. */
  | { readonly kind: "in"; readonly pass: Pass }
  | {
      readonly kind: "waiting";
      readonly ticket: Ticket;
      /** Undefined while the room is not heard of. */
      readonly position: number | undefined;
      readonly afterMs: number;
    };

/** Told what the edge does with the room's slots. */
export interface EdgeRoomWatcher {
  letIn(passId: string, untilMs: number, way: "slot" | "claim" | "resume"): void;
  /** A place in line was made; its holder really came at that time. */
  issued(ticketId: string, cameAtMs: number): void;
  /** What is told of a place has been worked out. */
  answered(edge: string, ticketId: string, position: number): void;
  /** An edge goes by what the Room published then, as it was told or as a neighbour has heard. */
  published(edge: string, atMs: number): void;
  /** A text that says so is on its way to a client. */
  signed(pass: Pass): void;
  ended(passId: string, atMs: number): void;
}
