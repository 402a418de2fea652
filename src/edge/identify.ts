/** The stage that finds out who is asking. */
import { identifyCaller } from "../policy/caller.ts";
import type { Visit } from "./visit.ts";

/** Sets the visit's caller. */
export function identify(visit: Visit): void {
  const { picked, snapshot } = visit;
  visit.caller = identifyCaller(picked.clientAddress, picked.cookie, snapshot.identity.opaque?.cookie);
}
