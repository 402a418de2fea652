/** What an origin sees of given fields: the client's own with the policy's changes, as the edge applies them. */
import { isSuspect, type RequestContext, requestHeaderChanges } from "../../src/policy/request-headers.ts";

type Field = readonly [name: string, value: string];

/** The record has no prototype: a field named `__proto__` is a field like any other. */
export function forwardedFields(fields: Iterable<Field>, context: RequestContext): Record<string, string> {
  const all = [...fields];
  const result: Record<string, string> = Object.create(null);
  for (const [name, value] of all) result[name] = value;
  const suspects = all.filter(([name, value]) => isSuspect(name, value));
  for (const [name, value] of requestHeaderChanges(suspects, result.cookie, context)) {
    if (value === undefined) delete result[name];
    else result[name] = value;
  }
  return result;
}
