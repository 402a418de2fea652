/** What an origin sees of given fields: the client's own with the policy's changes, as the edge applies them. */
import {
  changeRequestFields,
  fieldName,
  isPlain,
  isSuspect,
  PlainFields,
  type RequestContext,
} from "../../src/policy/request-headers.ts";

type Field = readonly [name: string, value: string];

/** The record has no prototype: a field named `__proto__` is a field like any other. */
export function forwardedFields(fields: Iterable<Field>, context: RequestContext): Record<string, string> {
  const all = [...fields];
  const cookie = all.findLast(([name]) => name === "cookie")?.[1];
  const suspects = all.filter(([name, value]) => isSuspect(fieldName(name), value));
  const map = new Map<string, string>(all);
  changeRequestFields(map, suspects, cookie, context);
  const result = withoutPrototype(map);
  if (all.every(([name, value]) => isPlain(fieldName(name), value))) {
    const plain = new PlainFields(Object.fromEntries(all.filter((field) => !suspects.includes(field))));
    changeRequestFields(plain, suspects, cookie, context);
    const same = withoutPrototype(Object.entries(plain.record));
    if (JSON.stringify(sorted(same)) !== JSON.stringify(sorted(result))) {
      throw new Error(`as text ${JSON.stringify(same)}, in the runtime ${JSON.stringify(result)}`);
    }
  }
  return result;
}

function withoutPrototype(fields: Iterable<Field>): Record<string, string> {
  const record: Record<string, string> = Object.create(null);
  for (const [name, value] of fields) record[name] = value;
  return record;
}

const sorted = (record: Record<string, string>) => Object.entries(record).sort();
