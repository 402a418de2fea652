/** The deployment that tickets and passes are made for: those of another one on the same secret are none. */
import { controlId, type Env } from "../config/env.ts";

let known: { readonly namespace: Env["CONTROL"]; readonly id: string } | undefined;

/** Worked out once: a name's hash costs more than all else that a known pass does. */
export function audienceOf(env: Env): string {
  if (known?.namespace !== env.CONTROL) known = { namespace: env.CONTROL, id: controlId(env) };
  return known.id;
}
