/** What a webhook is told, and how it can tell that it was us: Standard Webhooks 1.0 (https://www.standardwebhooks.com). */

export interface Alert {
  readonly type: "origin.state" | "pool.state" | "config.version";
  /** UTC, RFC 3339. */
  readonly timestamp: string;
  readonly data: Readonly<Record<string, string | number>>;
}

const PREFIX = "whsec_";

/** The fields that go with a body. Several secrets, separated by commas, sign each: so that they can be rotated. */
export async function webhookHeaders(
  secrets: string,
  id: string,
  atMs: number,
  body: string,
): Promise<Record<string, string>> {
  const timestamp = String(Math.floor(atMs / 1000));
  const signed = new TextEncoder().encode(`${id}.${timestamp}.${body}`);
  const signatures = await Promise.all(
    secrets
      .split(",")
      .map((secret) => secret.trim())
      .filter((secret) => secret !== "")
      .map(async (secret) => `v1,${await hmac(secret, signed)}`),
  );
  return {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": signatures.join(" "),
  };
}

async function hmac(secret: string, bytes: BufferSource): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", keyOf(secret), algorithm, false, ["sign"]);
  return base64(await crypto.subtle.sign("HMAC", key, bytes));
}

/** `whsec_` and base64, as the standard has it, or any other text as it stands. */
function keyOf(secret: string): BufferSource {
  if (!secret.startsWith(PREFIX)) return new TextEncoder().encode(secret);
  try {
    return Uint8Array.from(atob(secret.slice(PREFIX.length)), (char) => char.charCodeAt(0));
  } catch {
    return new TextEncoder().encode(secret);
  }
}

function base64(bytes: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)));
}
