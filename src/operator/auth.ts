/** Reads what a request shows of who asks, and has Control decide whom it lets in. */
import { controlStub, type Env } from "../config/env.ts";
import type { Access, Login } from "../config/operator-api.ts";
import { addressKey } from "../policy/address.ts";
import { ACCESS_HEADER, type AccessRules, personOf } from "./access.ts";

/** What the edge knows of a request's client. */
export interface Client {
  /** In its one spelling; undefined where nobody tells it. */
  readonly address: string | undefined;
  readonly access: AccessRules | undefined;
}

/** What the operator's app runs with. */
export type OperatorEnv = Env & { readonly CLIENT?: Client };

const BEARER = /^Bearer +([^\s]+)$/i;
/** Made by `token add`: its id, and 256 random bits. */
const NAMED_TOKEN = /^tg_([0-9a-f]{8})_[\w-]{43}$/;

/** Addresses that Control has said not to listen to: their floods stay here. Plain data, bounded. */
const blocked = new Map<string, number>();
const MAX_BLOCKED = 1_000;
/** A blocked address may still show a named token, so often a second: its holder must get in, a flood must not. */
const SPARE_PER_SECOND = 5;
let spare = { sinceMs: 0, used: 0 };

/** Without anything configured that could let somebody in, the API is disabled, never open. */
export async function authorize(
  request: Request,
  env: OperatorEnv,
  ctx: Pick<ExecutionContext, "waitUntil">,
): Promise<Access> {
  const login = await loginOf(request, env, ctx);
  const nowMs = Date.now();
  const untilMs = blocked.get(login.addressKey);
  if (untilMs !== undefined && nowMs < untilMs && !mayTry(login, nowMs)) return { kind: "limited", untilMs };
  const access = await controlStub(env).authorize(login);
  if (access.kind === "limited") note(login.addressKey, access.untilMs);
  return access;
}

async function loginOf(
  request: Request,
  env: OperatorEnv,
  ctx: Pick<ExecutionContext, "waitUntil">,
): Promise<Login> {
  const { address, access } = env.CLIENT ?? { address: undefined, access: undefined };
  const secret = env.TIDEGATE_ADMIN_TOKEN ?? "";
  const base = {
    address: address ?? "",
    addressKey: address === undefined ? "" : addressKey(address),
    hasSecret: secret !== "",
  };
  const presented = BEARER.exec(request.headers.get("authorization") ?? "")?.[1];
  if (presented !== undefined) {
    const id = NAMED_TOKEN.exec(presented)?.[1];
    const given = await sha256(presented);
    if (id !== undefined && presented !== secret) return { ...base, via: "token", id, sha256: hex(given) };
    // Hashes are equally long, and timingSafeEqual throws on unequal lengths.
    return { ...base, via: "secret", isRight: crypto.subtle.timingSafeEqual(await sha256(secret), given) };
  }
  const assertion = request.headers.get(ACCESS_HEADER);
  if (assertion === null || access === undefined) return { ...base, via: "none" };
  const person = await personOf(assertion, access, (work) => ctx.waitUntil(work));
  return person === undefined ? { ...base, via: "none" } : { ...base, via: "access", person };
}

function mayTry({ via }: Login, nowMs: number): boolean {
  if (via === "access") return true;
  if (via !== "token") return false;
  if (Math.abs(nowMs - spare.sinceMs) >= 1000) spare = { sinceMs: nowMs, used: 0 };
  spare = { ...spare, used: spare.used + 1 };
  return spare.used <= SPARE_PER_SECOND;
}

function note(address: string, untilMs: number): void {
  blocked.delete(address);
  blocked.set(address, untilMs);
  for (const oldest of blocked.keys()) {
    if (blocked.size <= MAX_BLOCKED) break;
    blocked.delete(oldest);
  }
}

export function sha256(text: string): Promise<ArrayBuffer> {
  return crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
}

export function hex(bytes: ArrayBuffer): string {
  return new Uint8Array(bytes).toHex();
}
