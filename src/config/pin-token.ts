/** The pin: an operator's signed, short-lived leave to reach one origin whatever its state. */

/** The request header that carries a pin. */
export const PIN_HEADER = "Tidegate-Pin";

/** Longer leaves are forgotten in shell histories and scripts. */
export const MAX_PIN_MINUTES = 60;

export interface Pin {
  readonly pool: string;
  readonly origin: string;
  /** Epoch milliseconds. */
  readonly expiresAtMs: number;
}

/** What the signature is for, so that no other signed value of the same secret passes as a pin. */
const PURPOSE = "pin";

/** `pin:KEY:POOL:ORIGIN:EXPIRY:SIGNATURE`. Names hold no colon, so the parts cannot run together. */
const TOKEN =
  /^(pin:([0-9a-f]{8}):([A-Za-z0-9._-]{1,64}):([A-Za-z0-9._-]{1,64}):(\d{1,15})):([A-Za-z0-9_-]{43})$/;

/** Signs with the first of the comma-separated secrets; undefined when there is none. */
export async function signPin(secrets: string | undefined, pin: Pin): Promise<string | undefined> {
  const [secret] = secretsIn(secrets);
  if (secret === undefined) return undefined;
  const signed = [PURPOSE, await keyId(secret), pin.pool, pin.origin, pin.expiresAtMs].join(":");
  const signature = await crypto.subtle.sign("HMAC", await importKey(secret, "sign"), bytesOf(signed));
  return `${signed}:${toBase64Url(new Uint8Array(signature))}`;
}

/** What a token grants at `nowMs`; undefined for one that any of the secrets did not sign, or that has run out. */
export async function verifyPin(
  secrets: string | undefined,
  token: string,
  nowMs: number,
): Promise<Pin | undefined> {
  const [, signed, key, pool, origin, expiry, signature] = TOKEN.exec(token) ?? [];
  if (signed === undefined || pool === undefined || origin === undefined || signature === undefined) {
    return undefined;
  }
  const expiresAtMs = Number(expiry);
  if (nowMs >= expiresAtMs) return undefined;
  for (const secret of secretsIn(secrets)) {
    if ((await keyId(secret)) !== key) continue;
    // Compares in constant time (Web Cryptography API §14.3.4, "verify").
    const isSigned = await crypto.subtle.verify(
      "HMAC",
      await importKey(secret, "verify"),
      fromBase64Url(signature),
      bytesOf(signed),
    );
    if (isSigned) return { pool, origin, expiresAtMs };
  }
  return undefined;
}

/** Whether there is a secret to sign with. */
export function canSignPins(secrets: string | undefined): boolean {
  return secretsIn(secrets).length > 0;
}

/** The first signs, all verify: so a secret is changed without a moment in which nobody's token holds. */
function secretsIn(list: string | undefined): string[] {
  return (list ?? "")
    .split(",")
    .map((secret) => secret.trim())
    .filter((secret) => secret !== "");
}

/** Names a secret without telling it: eight hex digits of a hash. */
async function keyId(secret: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytesOf(`tidegate key id\n${secret}`));
  return [...new Uint8Array(digest).subarray(0, 4)]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}

function importKey(secret: string, use: "sign" | "verify") {
  return crypto.subtle.importKey("raw", bytesOf(secret), { name: "HMAC", hash: "SHA-256" }, false, [use]);
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(new TextEncoder().encode(text));
}

function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
}

/** Takes what {@link TOKEN} lets through: 43 characters, which are 32 bytes. */
function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
