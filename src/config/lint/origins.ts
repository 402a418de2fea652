/** Decides whether a pool's origins can serve: weights, URLs that differ, encryption, whole places. */
import { isLoopbackHost } from "../hosts.ts";
import { addressOf, jwksUrlMistake, originUrlMistake } from "../origin-url.ts";
import type { KeyPath } from "../paths.ts";
import type { Finding } from "../problem.ts";
import { duplicates } from "./duplicates.ts";
import type { Entry, Table } from "./view.ts";

/** Everything about origins that a single value does not show. */
export function originFindings(root: Table, environment: "production" | "development"): Finding[] {
  const found = root.tables("pools").flatMap((pool) => {
    const origins = pool.tables("origins");
    const urls = goodUrls(origins);
    return [
      ...allZero(pool, origins),
      ...duplicates(urls, addressKey, "TG1403", "a URL"),
      ...origins.flatMap(halfPlace),
      ...(environment === "production" ? urls.flatMap(unencrypted) : []),
    ];
  });
  return environment === "production" ? [...found, ...unencryptedKeys(root)] : found;
}

/** The well-formed URLs of origins; the others are the schema's to refuse. */
export function goodUrls(origins: readonly Table[]): Entry[] {
  return origins.flatMap((origin): Entry[] => {
    const text = origin.text("url");
    const good = text !== undefined && originUrlMistake(text) === undefined;
    return good ? [{ path: [...origin.path, "url"], text }] : [];
  });
}

function addressKey(text: string): string | undefined {
  const address = addressOf(text);
  return address && `${address.secure} ${address.host} ${address.port}`;
}

function allZero(pool: Table, origins: readonly Table[]): Finding[] {
  const zero = origins.length > 0 && origins.every((origin) => origin.get("weight") === 0);
  if (!zero) return [];
  const expected = "at least one origin with a weight above zero";
  const found = origins.length === 1 ? "weight 0" : `weight 0 in all ${origins.length} origins`;
  const path = [...(origins[0]?.path ?? pool.path), "weight"];
  return [{ code: "TG1405", path, at: "value", found, expected }];
}

function halfPlace(origin: Table): Finding[] {
  if (origin.has("lat") === origin.has("lon")) return [];
  const [present, absent] = origin.has("lat") ? ["lat", "lon"] : ["lon", "lat"];
  const path = [...origin.path, present];
  return [
    { code: "TG1414", path, at: "key", found: `${present} alone`, expected: `${absent} beside ${present}` },
  ];
}

function unencrypted({ path, text }: Entry): Finding[] {
  const address = addressOf(text);
  if (address === undefined || address.secure || isLoopbackHost(address.host)) return [];
  const expected = "https: in production (http: only to a loopback address)";
  return [{ code: "TG1412", path, at: "value", value: text, expected }];
}

function unencryptedKeys(root: Table): Finding[] {
  const jwks = root.table("identity")?.table("jwt")?.text("jwks");
  const webhook = root.table("alerts")?.text("webhook");
  const issuer = root.table("admin")?.table("access")?.text("issuer");
  return [
    ...unencryptedKeySet(jwks, ["identity", "jwt", "jwks"]),
    ...unencryptedKeySet(issuer, ["admin", "access", "issuer"]),
    ...unencryptedKeySet(webhook, ["alerts", "webhook"], "TG1905"),
  ];
}

function unencryptedKeySet(
  text: string | undefined,
  path: KeyPath,
  code: Finding["code"] = "TG1903",
): Finding[] {
  if (text === undefined || jwksUrlMistake(text) !== undefined) return [];
  return unencrypted({ path, text }).map((finding) => ({ ...finding, code }));
}
