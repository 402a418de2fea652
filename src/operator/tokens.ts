/** Makes and revokes named tokens. A token is shown once, when it is made; only its hash is kept. */
import type { Context } from "hono";
import { TokenAddBody, TokenRevokeBody } from "../config/admin/edits.ts";
import { controlStub } from "../config/env.ts";
import type { TokenAnswer } from "../config/operator-api.ts";
import { hex, sha256 } from "./auth.ts";
import type { Api } from "./guard.ts";
import { write } from "./write.ts";

const ID_BYTES = 4;
/** 256 bits: a hash of them cannot be tried out (OWASP ASVS 5.0 §11.4.2 asks for 128). */
const SECRET_BYTES = 32;

export function addToken(c: Context<Api>): Promise<Response> {
  return write(c, TokenAddBody, async (body, who) => {
    // The one of a trial would not be that of the token.
    const id = body.dryRun ? "" : crypto.getRandomValues(new Uint8Array(ID_BYTES)).toHex();
    const secret = crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
    const token = `tg_${id}_${secret.toBase64({ alphabet: "base64url", omitPadding: true })}`;
    const request = { ...body, ...who, id, sha256: hex(await sha256(token)) };
    const answer: TokenAnswer = await controlStub(c.env).addToken(request);
    return answer.kind === "applied" ? { ...answer, secret: token } : answer;
  });
}

export function revokeToken(c: Context<Api>): Promise<Response> {
  return write(
    c,
    TokenRevokeBody,
    async (body, who): Promise<TokenAnswer> => controlStub(c.env).revokeToken({ ...body, ...who }),
  );
}
