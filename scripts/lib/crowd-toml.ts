/** The configuration of the commands that send crowds to a room: one origin, and all of it behind the room. */

/** @param room keys of `[[rooms]]` beside its name, as TOML */
export function crowdToml(originUrl: string, room: string): string {
  return `[[pools]]
name = "wallet"
affinity = "none"
origins = [{ name = "hk", url = "${originUrl}", weight = 1 }]
[[routes]]
path = "/*"
pool = "wallet"
room = "main"
[[rooms]]
name = "main"
${room}
`;
}
