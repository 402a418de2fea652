/** What this edge remembers of proofs, for as long as the configuration that they were checked under is in force. */

import type { Env } from "../config/env.ts";
import { type KeySet, newKeySet } from "../config/jwks.ts";
import type { Identity } from "../config/load.ts";
import { type ApiKeyMemory, type ApiKeyRules, newApiKeyMemory } from "./api-key.ts";
import { type JwtMemory, type JwtRules, newJwtMemory } from "./jwt.ts";

export interface IdentityMemory {
  readonly rules: Identity;
  readonly jwt: JwtMemory | undefined;
  readonly apiKeys: ApiKeyMemory | undefined;
}

// Plain data and keys only: requests share it.
let memory: IdentityMemory | undefined;

/** The memory of these rules. What another version of the configuration left unchanged goes on. */
export function identityMemory(rules: Identity, env: Pick<Env, "TIDEGATE_JWT_SECRET">): IdentityMemory {
  if (memory?.rules === rules) return memory;
  const before = memory;
  memory = {
    rules,
    jwt: isSame(before?.rules.jwt, rules.jwt) ? before?.jwt : jwtMemory(rules.jwt, before, env),
    apiKeys: isSame(before?.rules.api_keys, rules.api_keys) ? before?.apiKeys : apiKeyMemory(rules.api_keys),
  };
  return memory;
}

function jwtMemory(
  rules: JwtRules | undefined,
  before: IdentityMemory | undefined,
  env: Pick<Env, "TIDEGATE_JWT_SECRET">,
): JwtMemory | undefined {
  return rules && newJwtMemory(rules, keySetOf(rules, before?.jwt?.keySet), env.TIDEGATE_JWT_SECRET);
}

/** The keys stay while they come from the same place, so that changes of the file never fetch them more often. */
function keySetOf({ jwks }: JwtRules, before: KeySet | undefined): KeySet | undefined {
  if (jwks === undefined) return undefined;
  return before?.url === jwks ? before : newKeySet(jwks, "[identity] jwt");
}

function apiKeyMemory(rules: ApiKeyRules | undefined): ApiKeyMemory | undefined {
  return rules && newApiKeyMemory(rules);
}

function isSame(left: object | undefined, right: object | undefined): boolean {
  return left !== undefined && JSON.stringify(left) === JSON.stringify(right);
}
