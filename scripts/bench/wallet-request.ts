/** What a wallet app sends, and what it keeps of answers: a seat as a cookie and a pass. */
import { createHmac } from "node:crypto";

export const JWT_SECRET = "a-secret-of-the-benchmark-that-is-long-enough";
export const PATH = "/api/balance?currency=HKD";

const PASS = "tidegate-pass";

/** Header lines without a pass. */
export function walletHeaders(user = "user-4711", cookies: readonly string[] = []): Record<string, string> {
  return {
    "User-Agent": "WalletApp/5.2 (iPhone; iOS 19.1)",
    Accept: "application/json",
    "Accept-Encoding": "gzip, deflate, br",
    "Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8",
    Authorization: `Bearer ${token(user)}`,
    Cookie: ["sid=3f1c9c1e5b7d4f5e", "theme=dark", ...cookies].join("; "),
    "CF-Connecting-IP": "203.0.113.7",
    traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
  };
}

/**
 * Header lines of a user who is in: with the seat and a new pass. A pass is renewed every ten seconds of use and wrk
 * always sends the same, so each round begins with a new one.
 */
export async function admittedHeaders(url: string): Promise<Record<string, string>> {
  const answer = await fetch(url + PATH, { headers: walletHeaders() });
  await answer.arrayBuffer();
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
  const cookies = answer.headers
    .getSetCookie()
    .map((field) => field.split(";")[0] ?? "")
    .filter((cookie) => cookie.includes("seat"));
  const pass = answer.headers.get(PASS);
  return { ...walletHeaders("user-4711", cookies), ...(pass === null ? {} : { [PASS]: pass }) };
}

function token(user: string): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const inADay = Math.floor(Date.now() / 1000) + 86_400;
  const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part({ sub: user, exp: inADay })}`;
  return `${signed}.${createHmac("sha256", JWT_SECRET).update(signed).digest("base64url")}`;
}
