/** Whom a surge may be aimed at: this machine, or a host that its owner has named twice. */

const LOCAL = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

export type Aim =
  | { readonly kind: "allowed"; readonly origin: string; readonly host: string }
  | { readonly kind: "refused"; readonly reason: string };

/** @param owned the host that was named with `--yes-i-own` */
export function aimAt(url: string, owned: string | undefined): Aim {
  if (!URL.canParse(url))
    return { kind: "refused", reason: `"${url}" is no URL, such as http://127.0.0.1:8787` };
  const { protocol, hostname, origin, username } = new URL(url);
  if (protocol !== "http:" && protocol !== "https:") {
    return { kind: "refused", reason: `${protocol} is neither http: nor https:` };
  }
  if (username !== "") return { kind: "refused", reason: "a URL with a user's name in it hides its host" };
  if (LOCAL.test(hostname) || owned?.toLowerCase() === hostname)
    return { kind: "allowed", origin, host: hostname };
  const reason = `${hostname} is not this machine: a surge against somebody else's service is an attack. If it is yours and may be loaded, say so with --yes-i-own ${hostname}`;
  return { kind: "refused", reason };
}
