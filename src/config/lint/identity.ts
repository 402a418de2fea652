/** Decides whether the proofs of `[identity]` go together: where a token's keys come from, and whose each API key is. */
import type { Finding } from "../problem.ts";
import { SECRET_ALGORITHM } from "../schema/identity.ts";
import { duplicates } from "./duplicates.ts";
import type { Table } from "./view.ts";

/** Keys of two kinds, or of none, and one API key for two holders. */
export function identityFindings(root: Table): Finding[] {
  const identity = root.table("identity");
  const jwt = identity?.table("jwt");
  const hashes = identity?.table("api_keys")?.table("sha256")?.entries() ?? [];
  return [
    ...(jwt === undefined ? [] : [...repeatedAlgorithms(jwt), ...keySource(jwt)]),
    ...duplicates(hashes, (text) => text.toLowerCase(), "TG1902", "a key"),
  ];
}

function repeatedAlgorithms(jwt: Table): Finding[] {
  return duplicates(jwt.texts("algorithms"), (text) => text, "TG1519", "an entry");
}

/**
 * A verifier that takes shared secrets and public keys can be made to take a public key, which everybody has, for the
 * secret (RFC 8725 §2.1). So a configuration names one kind.
 */
function keySource(jwt: Table): Finding[] {
  const algorithms = jwt.texts("algorithms");
  const secret = algorithms.find(({ text }) => text === SECRET_ALGORITHM);
  if (secret === undefined) {
    const path = [...jwt.path, "jwks"];
    return jwt.has("jwks") ? [] : [{ code: "TG1102", path, at: "parent", expected: "the key jwks" }];
  }
  const other = algorithms.find(({ text }) => text !== SECRET_ALGORITHM);
  if (other !== undefined) {
    const expected = `only algorithms of public keys, or "${SECRET_ALGORITHM}" alone`;
    return [{ code: "TG1904", path: secret.path, at: "value", value: secret.text, expected }];
  }
  if (!jwt.has("jwks")) return [];
  const expected = `no jwks beside "${SECRET_ALGORITHM}", whose key is TIDEGATE_JWT_SECRET`;
  return [{ code: "TG1904", path: [...jwt.path, "jwks"], at: "value", value: jwt.get("jwks"), expected }];
}
