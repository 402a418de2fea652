/** Whose bucket a request is charged to: a key that no other owner shares. */
import { addressKey } from "./address.ts";
import { identityKey } from "./identity-key.ts";

/** Longer values count by their beginning: one request must not make the edge hash megabytes. */
const MAX_VALUE_LENGTH = 256;

/** The bucket of an address; all requests without one share one bucket. */
export function addressOwner(address: string | undefined): string {
  return address === undefined ? identityKey(["nobody"]) : identityKey(["address", addressKey(address)]);
}

/** The bucket that everybody shares who meets a limit. */
export function everybodyOwner(limit: string): string {
  return identityKey(["everybody", limit]);
}

/** The bucket of a header's or cookie's value; without one it is the address's, or leaving it out would free of limits. */
export function valueOwner(
  kind: "header" | "cookie",
  name: string,
  value: string | undefined,
  address: string | undefined,
): string {
  if (value === undefined || value === "") return addressOwner(address);
  return identityKey([kind, name, value.slice(0, MAX_VALUE_LENGTH)]);
}
