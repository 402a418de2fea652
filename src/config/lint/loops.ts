/** Decides whether an origin is the edge itself, which would send a request round and round. */
import {
  type HostPort,
  isLoopbackHost,
  matchesHost,
  normalizeHost,
  sameHost,
  splitHostPort,
} from "../hosts.ts";
import { addressOf, type OriginAddress } from "../origin-url.ts";
import type { Finding } from "../problem.ts";
import { goodUrls } from "./origins.ts";
import type { Entry, Table } from "./view.ts";

/** Origins at one of the edge's own addresses (`host` or `host:port`), or at a host that a route answers for. */
export function loopFindings(root: Table, ownHosts: readonly string[]): Finding[] {
  const own = ownHosts.map(splitHostPort);
  const routed = root.tables("routes").flatMap((route) => route.texts("hosts"));
  return root
    .tables("pools")
    .flatMap((pool) => goodUrls(pool.tables("origins")))
    .flatMap(({ path, text }): Finding[] => {
      const address = addressOf(text);
      const reason = address && (ownReason(address, own) ?? routeReason(address, routed));
      if (reason === undefined) return [];
      const expected = `the origin's own host, not ${reason}`;
      return [{ code: "TG1413", path, at: "value", value: text, expected }];
    });
}

function ownReason(address: OriginAddress, own: readonly HostPort[]): string | undefined {
  const isOwn = own.some(
    ({ host, port }) => sameHost(host, address.host) && (port === undefined || port === address.port),
  );
  return isOwn ? "the edge's own address" : undefined;
}

/**
 * On one machine the edge and its origins share a host and differ by port, and patterns have no port: a loopback
 * host in a route says nothing about loops there. `ownHosts` with the port does.
 */
function routeReason(address: OriginAddress, routed: readonly Entry[]): string | undefined {
  if (isLoopbackHost(address.host)) return undefined;
  const route = routed.find(({ text }) => matchesHost(normalizeHost(text), address.host));
  return route && `a host that a route answers for (${route.text})`;
}
