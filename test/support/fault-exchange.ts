// The four exchanges of the fault matrix, sent as a client sends them, and in one word what came back.
import { WebSocket } from "ws";
import type { Exchange } from "./fault-table.ts";
import { answerKind, closedLoop, type Entry } from "./journal.ts";
import type { Shot } from "./load.ts";
import { payment } from "./payment.ts";

export interface Asked {
  readonly exchange: Exchange;
  readonly url: string;
  /** Regions count requests by it, and payments by it and a number. */
  readonly user: string;
  readonly requests: number;
  /** The number of the first of them. */
  readonly from: number;
  readonly headers: Record<string, string>;
  /** How long a client waits for all of an answer. */
  readonly deadlineMs: number;
}

/** All at once; one word for each request, in order. */
export async function answersTo(asked: Asked): Promise<string[]> {
  const { exchange, url, requests, deadlineMs } = asked;
  if (exchange === "WebSocket") {
    return Promise.all(Array.from({ length: requests }, () => handshake(asked)));
  }
  const shot = (index: number) => shotOf(asked, asked.from + index);
  const entries = await closedLoop({ urls: [url], requests, concurrency: requests, deadlineMs, shot });
  // They come in the order in which they ended.
  return entries.toSorted((one, other) => one.index - other.index).map(wordFor);
}

/** However a connection ended before an answer, it is one word; that nothing came in time is another. */
function wordFor(entry: Entry): string {
  return entry.status === 0 && entry.error !== "deadline" ? "no answer" : answerKind(entry);
}

export function paymentId(user: string, index: number): string {
  return `${user} ${index}`;
}

function shotOf(asked: Asked, index: number): Shot {
  const headers = headersOf(asked);
  switch (asked.exchange) {
    case "POST":
      return payment(paymentId(asked.user, index), headers);
    case "stream":
      return { path: "/events?count=4&every=20", headers };
    default:
      return { path: "/api/balance", headers };
  }
}

function headersOf({ headers, user }: Asked): Record<string, string> {
  return { accept: "application/json", ...headers, cookie: `sid=${encodeURIComponent(user)}` };
}

/** Opens a socket, has a word echoed and closes it. */
function handshake(asked: Asked): Promise<string> {
  const { url, deadlineMs } = asked;
  return new Promise((resolve) => {
    const socket = new WebSocket(`${url.replace("http:", "ws:")}/ws`, { headers: headersOf(asked) });
    let isOpen = false;
    const settle = (word: string) => {
      clearTimeout(timer);
      resolve(word);
      socket.terminate();
    };
    const timer = setTimeout(() => settle(isOpen ? "101 silent" : "no answer (deadline)"), deadlineMs);
    socket.on("open", () => {
      isOpen = true;
      socket.send("a word");
    });
    socket.on("message", (data) => {
      if (String(data) === "a word") settle("101 echoed");
    });
    socket.on("close", () => settle(isOpen ? "101 closed" : "no answer"));
    socket.on("error", () => settle(isOpen ? "101 closed" : "no answer"));
    socket.on("unexpected-response", (_, answer) => {
      let body = "";
      const tell = () => {
        const type = String(answer.headers["content-type"] ?? "");
        settle(wordOf(answer.statusCode ?? 0, type, body, !answer.complete));
      };
      answer.setEncoding("utf8").on("data", (text: string) => {
        body += text;
      });
      answer.on("end", tell).on("error", tell);
    });
  });
}

function wordOf(status: number, type: string, body: string, isCut: boolean): string {
  return answerKind({
    index: 0,
    edge: 0,
    sentAtMs: 0,
    endedAtMs: 0,
    status,
    origin: "",
    attempts: 0,
    retryAfter: "",
    type,
    body,
    isCut,
    error: "",
  });
}
