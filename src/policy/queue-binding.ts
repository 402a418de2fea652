/** Whom a ticket or a pass belongs to, and whether it is the one who shows it. */
import { addressKey } from "./address.ts";
import type { Caller } from "./caller.ts";
import { identityKey } from "./identity-key.ts";

/** What a token of somebody without a verified identity is bound to. */
export type Bind = "address" | "client" | "none";

/**
 * Keyed hashes of whoever sends a request, each under all secrets, the first secret's first: what was bound before a
 * secret was changed still fits.
 */
export interface Owners {
  /** Undefined without a verified identity. */
  readonly identity: readonly string[] | undefined;
  readonly address: readonly string[];
  readonly client: readonly string[];
}

/** Whether a caller's key is proof of who it is. */
export function isVerified({ kind }: Caller): boolean {
  return kind === "jwt" || kind === "api-key";
}

/** The text to hash for the user whom a verified identity names. */
export function identityOwner(callerKey: string): string {
  return identityKey(["identity", callerKey]);
}

/** The text to hash for an address as `Caller` has it (IPv6: its /64). All who have none are one. */
export function addressOwner(address: string | undefined): string {
  return identityKey(["address", address === undefined ? "" : addressKey(address)]);
}

/** The text to hash for a program of a kind: see {@link clientKind}. */
export function clientOwner(userAgent: string | undefined): string {
  return identityKey(["client", clientKind(userAgent)]);
}

/** Who names more is not a browser. */
export const MAX_USER_AGENT_LENGTH = 512;
// Android before Linux and iPad before Macintosh: both name the other too.
const PLATFORM = /iPhone|iPad|iPod|Android|OpenHarmony|HarmonyOS|Windows|CrOS|Macintosh|Linux/;
const COMMENT = /\([^()]*\)/g;
const LETTERS = /[A-Za-z][A-Za-z-]*/;
// Written as words of their own by apps that tell their network. What stands behind a slash is left out anyway.
const NETWORK = /^(?:wifi|wi-fi|wlan|cellular|mobile-network|lte|nr|g)$/i;

/**
 * What stays the same of a User-Agent (RFC 9110 §10.1.5) while a phone changes networks and an app updates: the platform
 * and the names of products, without versions, comments and values. WeChat's `NetType/WIFI` becomes `NetType/4G`, and
 * Alipay's comment `(nt:WIFI,…)` changes likewise, so a hash of the whole field would cost a user's place at the door.
 *
 * It tells kinds of programs apart, not people: a million phones are one kind. It keeps a token from working in a
 * script or in another browser than it was made in, and no more; what really limits a token that is handed round is
 * that it holds one slot.
 */
export function clientKind(userAgent: string | undefined): string {
  const text = (userAgent ?? "").slice(0, MAX_USER_AGENT_LENGTH);
  const names = text.replace(COMMENT, " ").split(/\s+/).map(productName);
  const products = names.filter((name) => name !== "" && !NETWORK.test(name));
  return [PLATFORM.exec(text)?.[0] ?? "", ...new Set(products)].join(" ");
}

function productName(word: string): string {
  const [name = ""] = word.split("/");
  // `5G` is a G, `wallet-1.2.3` a wallet.
  return LETTERS.exec(name)?.[0].replace(/-+$/, "") ?? "";
}

const IDENTITY = "i";
const KIND_OF: Readonly<Record<string, "address" | "client">> = { a: "address", c: "client" };

/** What a new token of this caller says about whom it belongs to: `cHASH`, `aHASH.iHASH`, or "". */
export function bindingFor(bind: Bind, { identity, address, client }: Owners): string {
  const parts: string[] = [];
  if (bind === "address") parts.push(`a${address[0] ?? ""}`);
  if (bind === "client") parts.push(`c${client[0] ?? ""}`);
  if (identity !== undefined) parts.push(`${IDENTITY}${identity[0] ?? ""}`);
  return parts.join(".");
}

/**
 * - `theirs`: it belongs to whoever shows it.
 * - `to-adopt`: it was made before they logged in. It is theirs unless another user has taken it first, which only the
 *   room's object knows.
 * - `logged-out`: it belongs to a user, and comes from the same client without a proof of who that is: a page's poll
 *   beside an app's calls with a token, or a session that has ended.
 * - `somebody-elses`: as good as no token.
 */
export type Ownership = "theirs" | "to-adopt" | "logged-out" | "somebody-elses";

/** A verified user goes by the identity, whatever the device; everybody else by what the token itself was bound to. */
export function ownershipOf(binding: string, owners: Owners): Ownership {
  const identityPart = partOf(binding, IDENTITY);
  if (owners.identity !== undefined && identityPart !== undefined) {
    return owners.identity.includes(identityPart) ? "theirs" : "somebody-elses";
  }
  if (!fitsClient(binding, owners)) return "somebody-elses";
  if (owners.identity !== undefined) return "to-adopt";
  return identityPart === undefined ? "theirs" : "logged-out";
}

/**
 * What a token says when it is renewed for a caller who may use it: today's address or client, under today's secret. It
 * never loses its user: a pass that was used once without a login would otherwise be anybody's to adopt.
 */
export function renewedBinding(binding: string, bind: Bind, owners: Owners): string {
  const renewed = bindingFor(bind, owners);
  const identityPart = partOf(binding, IDENTITY);
  if (owners.identity !== undefined || identityPart === undefined) return renewed;
  const kept = `${IDENTITY}${identityPart}`;
  return renewed === "" ? kept : `${renewed}.${kept}`;
}

function partOf(binding: string, letter: string): string | undefined {
  for (let start = 0; start <= binding.length; ) {
    const dot = binding.indexOf(".", start);
    const end = dot < 0 ? binding.length : dot;
    if (binding.startsWith(letter, start)) return binding.slice(start + 1, end);
    start = end + 1;
  }
  return undefined;
}

/** Whether a token is a verified user's, who has one place whatever the address. */
export function isOfUser(binding: string): boolean {
  return partOf(binding, IDENTITY) !== undefined;
}

/** By the token's own words, so that a change of `bind` costs nobody a place. */
function fitsClient(binding: string, owners: Owners): boolean {
  if (binding === "") return true;
  return binding.split(".").every((part) => {
    if (part.startsWith(IDENTITY)) return true;
    const kind = KIND_OF[part.slice(0, 1)];
    return kind !== undefined && owners[kind].includes(part.slice(1));
  });
}
