/** Makes and revokes named tokens. A token is shown once, when it is made; only its hash is kept. */
import type { Context } from "hono";
import { TokenAddBody, TokenRevokeBody } from "../config/admin/edits.ts";
import { controlStub } from "../config/env.ts";
import type { TokenAnswer } from "../config/operator-api.ts";
import { hex, sha256 } from "./auth.ts";
import type { Api } from "./guard.ts";
import { readJson } from "./json-body.ts";
import { mayBasedOn, reasonMissing, statusOf } from "./precondition.ts";

const ID_BYTES = 4;
/** 256 bits: a hash of them cannot be tried out (OWASP ASVS 5.0 §11.4.2 asks for 128). */
const SECRET_BYTES = 32;

export async function addToken(c: Context<Api>): Promise<Response> {
  const body = await readJson(c, TokenAddBody);
  if (body.kind === "refused") return body.answer;
  if (body.value.reason.trim() === "") return reasonMissing(c);
  const based = mayBasedOn(c);
  if (based.kind === "refused") return based.answer;
  const id = crypto.getRandomValues(new Uint8Array(ID_BYTES)).toHex();
  const secret = crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
  const token = `tg_${id}_${secret.toBase64({ alphabet: "base64url", omitPadding: true })}`;
  const answer = await controlStub(c.env).addToken({
    ...body.value,
    id,
    sha256: hex(await sha256(token)),
    actor: c.get("actor"),
    basedOn: based.basedOn,
  });
  if (answer.kind !== "done") return c.json(answer, statusOf(answer));
  return c.json({ ...answer, secret: token });
}

export async function revokeToken(c: Context<Api>): Promise<Response> {
  const body = await readJson(c, TokenRevokeBody);
  if (body.kind === "refused") return body.answer;
  const { name, reason } = body.value;
  if (reason.trim() === "") return reasonMissing(c);
  const based = mayBasedOn(c);
  if (based.kind === "refused") return based.answer;
  const request = { name, actor: c.get("actor"), reason, basedOn: based.basedOn };
  const answer: TokenAnswer = await controlStub(c.env).revokeToken(request);
  return c.json(answer, statusOf(answer));
}
