// One user of a room: a program that keeps cookies, or fields, as it is told.

export interface Told {
  status: number;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests read members of it
  json: any;
}

/** A user with a cookie jar of the edge's own cookies. Browsers send `__Host-` cookies by HTTPS; this one by anything. */
export class RoomUser {
  readonly cookies = new Map<string, string>();
  readonly #headers: Record<string, string>;
  readonly #urls: readonly string[];
  #turn = 0;

  constructor(urls: readonly string[], headers: Record<string, string> = {}) {
    this.#urls = urls;
    this.#headers = headers;
  }

  async ask(path: string, { headers = {}, ...init }: RequestInit = {}): Promise<Told> {
    const url = this.#urls[this.#turn++ % this.#urls.length] ?? "";
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(url + path, {
      redirect: "manual",
      ...init,
      headers: {
        ...this.#headers,
        ...(cookie === "" ? {} : { cookie }),
        ...(headers as Record<string, string>),
      },
    });
    for (const field of response.headers.getSetCookie()) this.#keep(field);
    const text = await response.text();
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      json = undefined;
    }
    return { status: response.status, headers: response.headers, text, json };
  }

  #keep(field: string): void {
    const [pair = "", ...attributes] = field.split("; ");
    const [name = "", value = ""] = pair.split(/=(.*)/s);
    if (attributes.includes("Max-Age=0")) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }

  get kinds(): string[] {
    return [...this.cookies.keys()].map((name) => name.replace(/^__Host-tidegate-(\w+)-.*/, "$1")).sort();
  }
}
