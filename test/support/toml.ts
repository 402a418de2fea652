// Writes a value as TOML, for configurations that tests build as objects.
export type TomlValue = string | number | boolean | TomlValue[] | { [key: string]: TomlValue | undefined };
export type TomlTable = { [key: string]: TomlValue | undefined };

/** One key a line; lists of tables as inline tables, one a line. Members that are undefined are left out. */
export function toToml(table: TomlTable): string {
  return entries(table)
    .map(([key, value]) => `${name(key)} = ${write(value, true)}\n`)
    .join("");
}

function write(value: TomlValue, isTop: boolean): string {
  if (Array.isArray(value)) {
    const items = value.map((item) => write(item, false));
    return isTop ? `[\n${items.map((item) => `  ${item},\n`).join("")}]` : `[${items.join(", ")}]`;
  }
  if (typeof value === "object") {
    return `{ ${entries(value)
      .map(([key, member]) => `${name(key)} = ${write(member, false)}`)
      .join(", ")} }`;
  }
  // A JSON string is a TOML basic string: the escapes of the one are escapes of the other.
  return JSON.stringify(value);
}

function entries(table: TomlTable): [string, TomlValue][] {
  return Object.entries(table).filter((entry): entry is [string, TomlValue] => entry[1] !== undefined);
}

function name(key: string): string {
  return /^[\w-]+$/.test(key) ? key : JSON.stringify(key);
}
