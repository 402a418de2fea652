/** A random name that tells this edge from all others, for its lifetime. */

// Made at the first request: module scope has no random.
let name = "";

export function edgeName(): string {
  if (name === "") name = crypto.randomUUID();
  return name;
}
