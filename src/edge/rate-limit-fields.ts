/**
 * Decides what `RateLimit-Policy` and `RateLimit` say (draft-ietf-httpapi-ratelimit-headers-10): the edge's own limits,
 * and an origin's beside them, never looser than either says alone (§7.2).
 */
import {
  type BareItem,
  DisplayString,
  type InnerList,
  type Item,
  type List,
  type Parameters,
  parseList,
  serializeBareItem,
  serializeItem,
  serializeList,
} from "structured-headers";
import { type MemoryBounds, TwoGenerations } from "../policy/two-generations.ts";
import { LARGEST_INTEGER, wholeSeconds } from "../policy/whole-seconds.ts";

export interface PolicyShape {
  readonly name: string;
  /** Tokens of a full bucket. */
  readonly capacity: number;
  /** Tokens that come back in each interval; 0: none, ever. */
  readonly refill: number;
  readonly intervalMs: number;
}

export interface Standing {
  readonly policy: string;
  /** Tokens; may be a fraction, or negative. */
  readonly remaining: number;
  /** Until the bucket is full again; undefined: never. */
  readonly resetMs: number | undefined;
}

/** An edge sees few different values at a time. */
const BOUNDS: MemoryBounds = { maxEntries: 2_048, maxKeyLength: 262_144 };

/**
 * What a limit says of itself: q is its capacity, w the whole seconds in which an empty bucket fills. A bucket that
 * never fills has no w.
 */
export function policyItem({ name, capacity, refill, intervalMs }: PolicyShape): string {
  const parameters: Parameters = new Map([["q", wholeNumber(capacity)]]);
  if (refill > 0) parameters.set("w", Math.max(1, wholeSeconds((capacity * intervalMs) / refill)));
  return serializeItem([name, parameters]);
}

const standingTexts = new TwoGenerations<string>(BOUNDS);

/**
 * The `RateLimit` list. `latestMs` is a denial's wait: no t of that answer may lie after its Retry-After (§6), and by
 * then a bucket has quota again, if it is not full.
 */
export function rateLimitValue(
  standings: readonly Standing[],
  latestMs: number = Number.POSITIVE_INFINITY,
): string {
  let value = "";
  for (const standing of standings) value += `${value === "" ? "" : ", "}${standingItem(standing, latestMs)}`;
  return value;
}

function standingItem({ policy, remaining, resetMs }: Standing, latestMs: number): string {
  const r = wholeNumber(remaining);
  const t = resetMs === undefined ? undefined : wholeSeconds(Math.min(resetMs, latestMs));
  return remembered(standingTexts, `${r} ${t} ${policy}`, () => {
    const parameters: Parameters = new Map([["r", r]]);
    if (t !== undefined) parameters.set("t", t);
    return serializeItem([policy, parameters]);
  });
}

/** The parameters of a field: how much there is, and the seconds in which it comes back. */
interface FieldForm {
  readonly amount: "q" | "r";
  readonly seconds: "w" | "t";
  /** `w` is "non-negative, non-zero", `t` may be 0. */
  readonly leastSeconds: 0 | 1;
}

const POLICY_FORM: FieldForm = { amount: "q", seconds: "w", leastSeconds: 1 };
const STANDING_FORM: FieldForm = { amount: "r", seconds: "t", leastSeconds: 0 };

const mergedPolicies = new TwoGenerations<string>(BOUNDS);

/**
 * The edge's list with an origin's own. A policy that both name becomes one: the smaller quota in the longer window. An
 * origin's field that does not parse is ignored, as RFC 9651 §4.2 has it; so is a member that this draft calls
 * malformed, such as the bare numbers of its early versions.
 */
export function mergeRateLimitPolicy(own: string, origins: string | null): string {
  if (origins === null || origins === "") return own;
  return remembered(mergedPolicies, `${own}\n${origins}`, () => merge(own, origins, POLICY_FORM));
}

/** As for policies: the smaller remainder, and the later return of quota. */
export function mergeRateLimit(own: string, origins: string | null): string {
  return origins === null || origins === "" ? own : merge(own, origins, STANDING_FORM);
}

function merge(own: string, origins: string, form: FieldForm): string {
  const members = new Map<string, Item>();
  for (const member of [...readMembers(own, form), ...readMembers(origins, form)]) {
    const subject = subjectOf(member);
    const known = members.get(subject);
    members.set(subject, known === undefined ? member : stricter(known, member, form));
  }
  return members.size === 0 ? own : serializeList([...members.values()]);
}

/** What two members must share to be about the same quota: name, unit and partition. */
function subjectOf([name, parameters]: Item): string {
  const partition = parameters.get("pk");
  const unit = parameters.get("qu") ?? "requests";
  return JSON.stringify([name, unit, partition === undefined ? "" : serializeBareItem(partition)]);
}

/** Without seconds nothing is promised to come back, which is stricter than any number of them. */
function stricter(ours: Item, theirs: Item, { amount, seconds }: FieldForm): Item {
  const parameters: Parameters = new Map([...theirs[1], ...ours[1]]);
  parameters.set(amount, Math.min(number(ours, amount), number(theirs, amount)));
  const window = Math.max(number(ours, seconds), number(theirs, seconds));
  if (window === Number.POSITIVE_INFINITY) parameters.delete(seconds);
  else parameters.set(seconds, window);
  return [ours[0], parameters];
}

function number([, parameters]: Item, name: string): number {
  const value = parameters.get(name);
  return typeof value === "number" ? value : Number.POSITIVE_INFINITY;
}

function readMembers(field: string, form: FieldForm): Item[] {
  let list: List;
  try {
    list = parseList(field);
  } catch {
    return [];
  }
  return list.filter((member): member is Item => isMember(member, form)).map(withoutNewTypes);
}

function isMember(member: Item | InnerList, { amount, seconds, leastSeconds }: FieldForm): boolean {
  const [name, parameters] = member;
  if (typeof name !== "string") return false;
  const window = parameters.get(seconds);
  const unit = parameters.get("qu");
  const partition = parameters.get("pk");
  return (
    isCount(parameters.get(amount), 0) &&
    (window === undefined || isCount(window, leastSeconds)) &&
    (unit === undefined || typeof unit === "string") &&
    (partition === undefined || partition instanceof ArrayBuffer)
  );
}

function isCount(value: BareItem | undefined, least: number): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= least;
}

/**
 * Other parameters are comments. Dates and Display Strings among them came with RFC 9651: a client of RFC 8941 would
 * fail on one and lose the edge's members with it.
 */
function withoutNewTypes([name, parameters]: Item): Item {
  const kept = [...parameters].filter(
    ([, value]) => !(value instanceof Date) && !(value instanceof DisplayString),
  );
  return [name, new Map(kept)];
}

function wholeNumber(value: number): number {
  return Math.min(LARGEST_INTEGER, Math.max(0, Math.floor(value)));
}

function remembered(memory: TwoGenerations<string>, key: string, make: () => string): string {
  const known = memory.get(key);
  if (known !== undefined) return known;
  const made = make();
  memory.set(key, made);
  return made;
}
