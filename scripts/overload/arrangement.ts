/** What overload is tried on: three regions that carry so much and no more, a room before them, and an edge. */

/** Of each region, in flight; above it, 503 at once. */
export const IN_FLIGHT = 8;
export const DELAY_MS = 600;
export const REGIONS = 3;
/** What the regions carry together: so little that the machine does not matter. */
export const PER_SECOND = (REGIONS * IN_FLIGHT * 1000) / DELAY_MS;
/** Those who are in ask for five eighths of what the regions carry. */
export const EVERY_MS = 2000;
export const PLACES = 50;

/** The configuration, for origins at these URLs. */
export function overloadToml(urls: readonly string[]): string {
  const origins = urls
    .map((url, at) => `{ name = "r${at}", url = "${url}", weight = 1, max_in_flight = ${IN_FLIGHT} }`)
    .join(", ");
  return `[[pools]]
name = "wallet"
policy = "least-loaded"
affinity = "none"
timeout = "10s"
origins = [${origins}]
[[routes]]
path = "/api/balance"
pool = "wallet"
room = "main"
[[routes]]
path = "/*"
pool = "wallet"
[[rooms]]
name = "main"
active_limit = ${PLACES}
session = "5s"
`;
}
