/** Whose bucket each limit of a request is charged to. */
import { addressOwner, everybodyOwner, valueOwner } from "../policy/bucket-owner.ts";
import { cookieValue } from "../policy/cookie.ts";
import { TwoGenerations } from "../policy/two-generations.ts";
import type { LimitRuntime } from "./limit-runtime.ts";
import type { Visit } from "./visit.ts";

/** Who "user" is for limits. A session that this edge has not seen has yet to pay for being believed. */
export type UserOwner =
  | { readonly kind: "certain"; readonly owner: string }
  | {
      readonly kind: "new-session";
      readonly limit: LimitRuntime;
      /** Who pays: the address, whose buckets it has to share when that has brought too many. */
      readonly payer: string;
      /** Who it is once that is paid. */
      readonly own: string;
    };

/** Sessions that have been paid for; what is forgotten pays again. */
const believed = new TwoGenerations<true>({ maxEntries: 50_000, maxKeyLength: 8_000_000 });

export function userOwner({ caller, snapshot }: Visit): UserOwner {
  const { key, kind, address } = caller;
  if (key === undefined) return { kind: "certain", owner: addressOwner(address) };
  const { newSessions } = snapshot;
  if (kind !== "session" || newSessions === undefined || believed.get(key) === true) {
    return { kind: "certain", owner: key };
  }
  return { kind: "new-session", limit: newSessions, payer: addressOwner(address), own: key };
}

/** The session has been paid for. */
export function believe(session: string): void {
  believed.set(session, true);
}

/** The owner of a limit's bucket; `user` is who "user" is for this request. */
export function ownerFor({ name, owner }: LimitRuntime, visit: Visit, user: string): string {
  const { address } = visit.caller;
  switch (owner.kind) {
    case "user":
      return user;
    case "address":
      return addressOwner(address);
    case "everybody":
      return everybodyOwner(name);
    case "header":
      return valueOwner("header", owner.name, headerValue(visit, owner.name), address);
    case "cookie":
      return valueOwner("cookie", owner.name, cookieValue(visit.picked.cookie, owner.name), address);
  }
}

function headerValue(visit: Visit, name: string): string | undefined {
  return visit.request.headers.get(name) ?? undefined;
}
