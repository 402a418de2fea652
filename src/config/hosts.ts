/** Decides when two ways of writing a host mean the same one, and which hosts are this machine itself. */

/** A host and, where it was written, its port (a decimal number as text). */
export interface HostPort {
  host: string;
  port: string | undefined;
}

/** Lower case without a trailing dot: DNS does not tell `Edge.Example.` from `edge.example` (RFC 4343, RFC 1034 §3.1). */
export function normalizeHost(host: string): string {
  const lower = host.toLowerCase();
  return lower.endsWith(".") ? lower.slice(0, -1) : lower;
}

/** Splits `edge.example:8787`, `[::1]:8787` or either without a port; the host comes back normalised. */
export function splitHostPort(text: string): HostPort {
  const match = /^(\[[^\]]*\]|[^:]*)(?::([0-9]+))?$/.exec(text.trim());
  return { host: normalizeHost(match?.[1] ?? text), port: match?.[2] };
}

/** localhost, *.localhost (RFC 6761 §6.3), 127.0.0.0/8 and [::1]; the host must be normalised. */
export function isLoopbackHost(host: string): boolean {
  return (
    host === "localhost" ||
    host.endsWith(".localhost") ||
    host === "[::1]" ||
    /^127(?:\.(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])){3}$/.test(host)
  );
}

/** The names under which one listening socket on this machine is usually reached are one host. */
export function sameHost(left: string, right: string): boolean {
  const usual = ["localhost", "127.0.0.1", "[::1]"];
  return left === right || (usual.includes(left) && usual.includes(right));
}

/** Whether a host is the pattern's host, or below it when the pattern begins with `*.`; both normalised. */
export function matchesHost(pattern: string, host: string): boolean {
  return pattern.startsWith("*.") ? host.endsWith(pattern.slice(1)) : host === pattern;
}
