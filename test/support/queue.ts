// Tickets and passes for tests.
import type { Expected, Pass, Ticket } from "../../src/policy/queue-claims.ts";

export const SECRET = "first-secret-of-the-tests-0123456789";
export const OLD_SECRET = "old-secret-of-the-tests-9876543210";
export const NOW_MS = Date.UTC(2026, 10, 24, 2);
export const HERE: Expected = { room: "main", audience: "wallet.example", nowMs: NOW_MS };

/** As long as they get in practice: a position in the millions, a lane, bound twice. */
export const TICKET: Ticket = {
  room: "main",
  id: "AbCdEfGhIjKlMnOpQrStUv",
  arrivedAtMs: NOW_MS - 61_234,
  lowestPosition: 1_234_567,
  presentUntilSeconds: NOW_MS / 1000 + 120,
  lane: "payments",
  binding: "c0123456789abcdef.i0123456789abcdef",
  audience: "wallet.example",
  expiresAtSeconds: NOW_MS / 1000 + 3600,
};

export const PASS: Pass = {
  room: "main",
  id: TICKET.id,
  binding: TICKET.binding,
  audience: "wallet.example",
  issuedAtSeconds: NOW_MS / 1000,
  untilMs: NOW_MS + 300_000,
  lane: undefined,
};
