/** Which request fields a configuration knows to name a user, beside Authorization and cookies. */
import type { Config } from "./load.ts";

const HEADER_KEY = "header:";

/** Names in lower case: the field of API keys, and each that a limit counts by. */
export function credentialFieldsOf({ identity, limits }: Config): ReadonlySet<string> {
  const fields = new Set<string>();
  if (identity.api_keys !== undefined) fields.add(identity.api_keys.header.toLowerCase());
  for (const { key } of limits) {
    if (key.startsWith(HEADER_KEY)) fields.add(key.slice(HEADER_KEY.length).toLowerCase());
  }
  return fields;
}
