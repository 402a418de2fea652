/** A room by real HTTP, whose line the test moves: the edge's own answers, without the edge's decisions. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { failureAnswer } from "../../src/edge/failure-answer.ts";
import { switchLanguage } from "../../src/edge/language-switch.ts";
import { limitedAnswer } from "../../src/edge/limited-answer.ts";
import { pageResponse } from "../../src/edge/page-response.ts";
import { noTicket, type QueueStanding, queuedAnswer, queueStatus } from "../../src/edge/queue-answer.ts";
import type { Reading } from "../../src/edge/reader.ts";
import { leftPage } from "../../src/pages/left.tsx";
import { maintenancePage } from "../../src/pages/maintenance.tsx";
import { pageConfig } from "../support/page-config.ts";

const TICKET = "__Host-tidegate-ticket-t=t; Path=/; Secure; HttpOnly; SameSite=Lax";

export class RoomServer {
  standing: QueueStanding = {
    room: "main",
    state: "waiting",
    position: 12,
    ahead: 11,
    estimatedWaitSeconds: { low: 120, high: 180 },
    pollAfterSeconds: 1,
    waiting: 30,
    keptUntil: new Date(Date.now() + 1_800_000).toISOString(),
    joinedAt: "2026-11-25T11:00:00Z",
    ticket: "t",
    ticketId: "q7Zk0vYh3XbN9sLmTjRf2A",
  };
  kind: "line" | "admitted" | "lost" | "broken" = "line";
  /** What stands at `/html`. */
  html = "";
  history: readonly number[] | undefined;
  page: NonNullable<Reading["snapshot"]>["page"] = pageConfig();
  /** Milliseconds that a poll takes. */
  pollMs = 0;
  polls = 0;
  inFlight = 0;
  mostInFlight = 0;
  /** What the origin got: `GET /pay`. */
  readonly served: string[] = [];
  /** Everything that was asked for. */
  readonly asked: string[] = [];
  readonly #server: Server;

  constructor() {
    this.#server = createServer((incoming, outgoing) => void this.#answer(incoming, outgoing));
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return this.origin;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  move(change: Partial<QueueStanding>): void {
    this.standing = { ...this.standing, ...change };
  }

  async #answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = "GET", url = "/" } = incoming;
    this.asked.push(`${method} ${url}`);
    const headers = new Headers();
    for (const [name, value] of Object.entries(incoming.headers)) headers.set(name, String(value));
    const request = new Request(this.origin + url, { method, headers });
    const answer = await this.#route(request, new URL(request.url).pathname);
    outgoing.statusCode = answer.status;
    for (const [name, value] of answer.headers) if (name !== "set-cookie") outgoing.setHeader(name, value);
    outgoing.setHeader("set-cookie", answer.headers.getSetCookie());
    const body = Buffer.from(await answer.arrayBuffer());
    // As the edge's runtime does.
    outgoing.end(answer.headers.get("content-encoding") === "gzip" ? gzipSync(body) : body);
  }

  async #route(request: Request, path: string): Promise<Response> {
    const visit = { id: "1", request, snapshot: { page: this.page } };
    switch (path) {
      case "/.tidegate/queue/main":
        return this.#poll(visit);
      case "/.tidegate/queue/main/leave":
        this.kind = "lost";
        return pageResponse(visit, { status: 200, headers: {}, kind: "left", render: leftPage });
      case "/.tidegate/language":
        return switchLanguage({ request, path }) ?? new Response(null, { status: 404 });
      case "/limited":
        return limitedAnswer(visit, { retryAfterMs: 3_000, violated: ["per-user"] });
      case "/maintenance":
        return pageResponse(visit, {
          status: 503,
          headers: {},
          kind: "maintenance",
          render: (reader) =>
            maintenancePage({
              reader,
              message: undefined,
              works: undefined,
              endsAtMs: Date.parse("2026-12-01T04:00:00+08:00"),
            }),
        });
      case "/html":
        return html(this.html);
      case "/unknown":
        return failureAnswer(visit, "outcome-unknown");
      case "/form":
        return html('<form method="post" action="/pay"><button>pay</button></form>');
      case "/pay":
      case "/other":
        if (this.kind === "admitted") {
          this.served.push(`${request.method} ${path}`);
          return html("<h1>welcome</h1>");
        }
        return queuedAnswer(visit, this.standing, {
          status: 503,
          setCookies: [TICKET],
          history: this.history,
        });
      default:
        return html("<h1>start</h1>");
    }
  }

  async #poll(visit: { id: string; request: Request }): Promise<Response> {
    this.polls += 1;
    this.inFlight += 1;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
    if (this.pollMs > 0) await new Promise((resolve) => setTimeout(resolve, this.pollMs));
    this.inFlight -= 1;
    switch (this.kind) {
      case "lost":
        return noTicket(visit);
      case "broken":
        return new Response("no", { status: 502 });
      case "admitted":
        return queueStatus(visit, { room: "main", state: "admitted", pass: "p" }, []);
      case "line":
        return queueStatus(visit, this.standing, []);
    }
  }
}

function html(body: string): Response {
  const page = body.startsWith("<!doctype")
    ? body
    : `<!doctype html><title>wallet</title><link rel="icon" href="data:,">${body}`;
  return new Response(page, {
    headers: { "content-type": "text/html" },
  });
}
