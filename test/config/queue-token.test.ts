import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { base64url, CompactSign, type CryptoKey } from "jose";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type QueueKeys, queueKeys } from "../../src/config/queue-keys.ts";
import {
  isSignedByFirst,
  knownPass,
  knownTicket,
  MAX_TOKEN_LENGTH,
  newTicketId,
  readPass,
  readTicket,
  signPass,
  signTicket,
} from "../../src/config/queue-token.ts";
import type { Expected, Pass, Ticket } from "../../src/policy/queue-claims.ts";
import { HERE, NOW_MS, OLD_SECRET, PASS, SECRET, TICKET } from "../support/queue.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

const text = (signed: string | undefined): string => {
  if (signed === undefined) throw new Error("not signed");
  return signed;
};
/** Another list each time has another memory, so nothing is known from before. */
let lists = 0;
const fresh = (...secrets: string[]) =>
  queueKeys([...secrets, `filler-${String(lists++).padStart(16, "0")}`].join());

const KINDS = [
  {
    kind: "a ticket",
    sign: (keys: QueueKeys) => signTicket(keys, TICKET),
    read: (keys: QueueKeys, token: string, expected = HERE): Promise<Ticket | Pass | undefined> =>
      readTicket(keys, token, expected),
    known: (keys: QueueKeys, token: string, expected = HERE): Ticket | Pass | undefined =>
      knownTicket(keys, token, expected),
    ring: (keys: QueueKeys) => keys.tickets,
    value: TICKET,
    endsAtMs: TICKET.expiresAtSeconds * 1000,
  },
  {
    kind: "a pass",
    sign: (keys: QueueKeys) => signPass(keys, PASS),
    read: (keys: QueueKeys, token: string, expected = HERE): Promise<Ticket | Pass | undefined> =>
      readPass(keys, token, expected),
    known: (keys: QueueKeys, token: string, expected = HERE): Ticket | Pass | undefined =>
      knownPass(keys, token, expected),
    ring: (keys: QueueKeys) => keys.passes,
    value: PASS,
    endsAtMs: PASS.untilMs,
  },
] as const;

const times = fc.integer({ min: 0, max: NOW_MS });
const words = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 });
const ids = fc.stringMatching(/^[\w-]{22}$/);
const holds = fc.record({
  owner: fc.stringMatching(/^[\w-]{16}$/),
  untilSeconds: fc.integer({ min: 0, max: NOW_MS / 1000 + 3600 }),
});
const plainTickets: fc.Arbitrary<Ticket> = fc.record({
  room: words,
  id: ids,
  arrivedAtMs: times,
  lowestPosition: fc.option(fc.nat(), { nil: undefined }),
  presentUntilSeconds: fc.integer({ min: 0, max: NOW_MS / 1000 + 600 }),
  lane: fc.option(words, { nil: undefined }),
  binding: fc.stringMatching(/^(?:[ac][\w-]{16})?(?:\.i[\w-]{16})?$/),
  audience: words,
  expiresAtSeconds: fc.integer({ min: NOW_MS / 1000 + 1, max: NOW_MS / 1000 + 86_400 }),
});
const tickets = fc
  .tuple(plainTickets, fc.option(holds, { nil: undefined }))
  .map(([ticket, hold]): Ticket => (hold === undefined ? ticket : { ...ticket, hold }));

afterEach(() => vi.restoreAllMocks());

describe.each(KINDS)("$kind", ({ sign, read, known, ring, value, endsAtMs }) => {
  it("says on any edge what was signed on one", async () => {
    const token = text(await sign(await fresh(SECRET)));
    const other = await fresh(SECRET);
    expect(known(other, token)).toBeUndefined();
    expect(await read(other, token)).toEqual(value);
  });

  it("is nothing once any one character is another", async () => {
    const token = text(await sign(await fresh(SECRET)));
    const keys = await fresh(SECRET);
    for (let at = 0; at < token.length; at++) {
      for (const character of `${ALPHABET}.= ,é`) {
        if (character === token[at]) continue;
        // One of each eight characters in the middle, all of them at the end, where spellings could be equal.
        if (at < token.length - 2 && (at + character.charCodeAt(0)) % 8 !== 0) continue;
        expect(await read(keys, token.slice(0, at) + character + token.slice(at + 1))).toBeUndefined();
      }
    }
    expect(await read(keys, token)).toEqual(value);
  });

  it("is nothing once any bit of any part is flipped", async () => {
    const token = text(await sign(await fresh(SECRET)));
    const keys = await fresh(SECRET);
    const parts = token.split(".").map((part) => base64url.decode(part));
    for (const [index, part] of parts.entries()) {
      for (let bit = 0; bit < part.length * 8; bit++) {
        const flipped = Uint8Array.from(part);
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const forged = parts.map((one, at) => base64url.encode(at === index ? flipped : one)).join(".");
        expect(await read(keys, forged)).toBeUndefined();
      }
    }
  });

  it("is nothing when it is cut, drawn out, or not a token at all", async () => {
    const token = text(await sign(await fresh(SECRET)));
    const keys = await fresh(SECRET);
    const [header = "", payload = "", signature = ""] = token.split(".");
    const wrong = [
      ...Array.from(token, (_, length) => token.slice(0, length)),
      ...[".", "=", "A", " ", "\n", "\0", `.${signature}`].map((more) => token + more),
      ...[" ", ".", "Bearer "].map((before) => before + token),
      `${header}.${payload}.`,
      `${header}..${signature}`,
      `${payload}.${header}.${signature}`,
      `${header}.${payload}.${signature}.${signature}.${signature}`,
      `"${token}"`,
      "constructor.constructor.constructor",
      "__proto__",
      "{}",
      "x".repeat(1_000_000),
      `${header}.${"A".repeat(MAX_TOKEN_LENGTH)}.${signature}`,
    ];
    for (const one of wrong) {
      expect(known(keys, one)).toBeUndefined();
      expect(await read(keys, one)).toBeUndefined();
    }
  });

  it("is nothing whatever text there is in its place, and no text makes reading it throw", async () => {
    const keys = await fresh(SECRET);
    const header = ring(keys).first?.header ?? "";
    const part = fc.oneof(
      fc.base64String(),
      fc.string(),
      fc.json().map((json) => base64url.encode(json)),
    );
    const texts = fc.oneof(
      fc.string({ unit: "binary", maxLength: 3000 }),
      fc.tuple(fc.oneof(fc.constant(header), part), part, part).map((parts) => parts.join(".")),
    );
    await fc.assert(
      fc.asyncProperty(texts, async (one) => {
        expect(known(keys, one)).toBeUndefined();
        expect(await read(keys, one)).toBeUndefined();
      }),
      { numRuns: 1000 },
    );
  });

  it("holds in its room, for its audience and until its end to the millisecond, and nowhere else", async () => {
    const keys = await fresh(SECRET);
    const token = text(await sign(keys));
    const wrong: Partial<Expected>[] = [
      { room: "other" },
      { room: "" },
      { room: "Main" },
      { audience: "other.example" },
      { audience: "" },
      { nowMs: endsAtMs },
      { nowMs: endsAtMs + 1 },
      { nowMs: Number.NaN },
      { nowMs: 0 },
    ];
    for (const one of wrong) {
      expect(known(keys, token, { ...HERE, ...one })).toBeUndefined();
      expect(await read(keys, token, { ...HERE, ...one })).toBeUndefined();
      expect(await read(await fresh(SECRET), token, { ...HERE, ...one })).toBeUndefined();
    }
    expect(known(keys, token, { ...HERE, nowMs: endsAtMs - 1 })).toEqual(value);
    expect(await read(await fresh(SECRET), token, { ...HERE, nowMs: endsAtMs - 1 })).toEqual(value);
  });

  it("counts while its secret is listed, is signed anew by the first, and ends with its secret", async () => {
    const old = text(await sign(await fresh(OLD_SECRET)));
    const both = await fresh(SECRET, OLD_SECRET);
    expect(await read(both, old)).toEqual(value);
    expect(isSignedByFirst(ring(both), old)).toBe(false);
    const anew = text(await sign(both));
    expect(isSignedByFirst(ring(both), anew)).toBe(true);
    const after = await fresh(SECRET);
    expect(await read(after, anew)).toEqual(value);
    expect(await read(after, old)).toBeUndefined();
    // An edge that has the new list already, and one that does not yet.
    expect(await read(await fresh(OLD_SECRET, SECRET), anew)).toEqual(value);
  });

  it("is verified once: then a look into memory tells", async () => {
    const token = text(await sign(await fresh(SECRET)));
    const keys = await fresh(SECRET);
    const verify = vi.spyOn(crypto.subtle, "verify");
    expect(await read(keys, token)).toEqual(value);
    expect(verify).toHaveBeenCalledTimes(1);
    for (let again = 0; again < 1000; again++) expect(known(keys, token)).toEqual(value);
    expect(await read(keys, token)).toEqual(value);
    expect(verify).toHaveBeenCalledTimes(1);
  });

  it("is known at once to the edge that signed it", async () => {
    const keys = await fresh(SECRET);
    expect(known(keys, text(await sign(keys)))).toEqual(value);
  });

  it("costs no cryptography when its first part is not ours", async () => {
    const token = text(await sign(await fresh(SECRET)));
    const verify = vi.spyOn(crypto.subtle, "verify");
    expect(await read(await fresh(OLD_SECRET), token)).toBeUndefined();
    expect(verify).not.toHaveBeenCalled();
  });

  it.each<[string, object]>([
    ["no algorithm", { alg: "none" }],
    ["another algorithm", { alg: "HS512" }],
    ["an algorithm of key pairs", { alg: "RS256" }],
    ["another type", { typ: "JWT" }],
    ["no type", { typ: undefined }],
    ["an unknown key id", { kid: "AAAAAAAA" }],
    ["no key id", { kid: undefined }],
    ["critical extensions", { crit: ["b64"], b64: true }],
    ["a key of its own", { jwk: { kty: "oct", k: "AAAA" } }],
    ["a member more", { x: 1 }],
  ])("with %s in its header is nothing", async (_, members) => {
    const keys = await fresh(SECRET);
    const { first } = ring(keys);
    const token = text(await sign(keys));
    const [, payload = ""] = token.split(".");
    const header = base64url.encode(JSON.stringify({ ...first?.members, ...members }));
    // Signed with the right key, so that nothing but the header is wrong.
    const signature = await hmac(first?.key, `${header}.${payload}`);
    expect(await read(keys, `${header}.${payload}.${signature}`)).toBeUndefined();
    expect(await read(keys, `${header}.${payload}.`)).toBeUndefined();
    const plain = `${first?.header}.${payload}.${await hmac(first?.key, `${first?.header}.${payload}`)}`;
    expect(plain).toBe(token);
  });

  it("keeps of the field that it came in itself only", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const signer = await fresh(SECRET);
    const keys = await fresh(SECRET);
    const tokens = await Promise.all(
      Array.from({ length: 300 }, (_, n) => {
        const id = String(n).padStart(22, "0");
        return ring(keys) === (keys.tickets as unknown)
          ? signTicket(signer, { ...TICKET, id })
          : signPass(signer, { ...PASS, id });
      }),
    );
    collect();
    const beforeBytes = process.memoryUsage().heapUsed;
    for (const token of tokens) {
      const field = Buffer.from(`a=${"x".repeat(100_000)}; t=${text(token)}`).toString("latin1");
      expect(await read(keys, field.slice(field.indexOf("t=") + 2))).toBeDefined();
    }
    collect();
    // 30 MB if fields were kept.
    expect(process.memoryUsage().heapUsed - beforeBytes).toBeLessThan(10_000_000);
  });
});

describe("tickets and passes", () => {
  it("never stand for each other", async () => {
    const keys = await fresh(SECRET);
    const ticket = text(await signTicket(keys, TICKET));
    const pass = text(await signPass(keys, PASS));
    expect(await readPass(keys, ticket, HERE)).toBeUndefined();
    expect(await readTicket(keys, pass, HERE)).toBeUndefined();
    const [ticketHeader, ticketPayload] = ticket.split(".");
    const [passHeader, , passSignature] = pass.split(".");
    expect(await readPass(keys, `${passHeader}.${ticketPayload}.${passSignature}`, HERE)).toBeUndefined();
    // Another key each, and another type: either alone would do.
    expect(ticketHeader).not.toBe(passHeader);
    expect(keys.tickets.first?.members.kid).not.toBe(keys.passes.first?.members.kid);
  });

  it("come back as they were, whatever they say, and only where they belong", async () => {
    const signer = await fresh(SECRET);
    const keys = await fresh(SECRET);
    await fc.assert(
      fc.asyncProperty(tickets, words, async (ticket, elsewhere) => {
        const token = text(await signTicket(signer, ticket));
        expect(token.length).toBeLessThanOrEqual(MAX_TOKEN_LENGTH);
        const here = { room: ticket.room, audience: ticket.audience, nowMs: NOW_MS };
        expect(await readTicket(keys, token, here)).toEqual(ticket);
        for (const wrong of [{ room: `${ticket.room}.` }, { audience: `${ticket.audience}${elsewhere}` }]) {
          expect(await readTicket(keys, token, { ...here, ...wrong })).toBeUndefined();
        }
        expect(await readPass(keys, token, here)).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  it("are the same text for the same content, so renewing what has not changed changes nothing", async () => {
    const keys = await fresh(SECRET);
    expect(await signTicket(keys, TICKET)).toBe(await signTicket(await fresh(SECRET), { ...TICKET }));
  });

  it("of another secret are nothing", async () => {
    const secrets = fc.string({ minLength: 16, maxLength: 40 }).filter((one) => !one.includes(","));
    await fc.assert(
      fc.asyncProperty(secrets, async (secret) => {
        fc.pre(secret.trim().length >= 16 && secret.trim() !== SECRET);
        const token = text(await signPass(await fresh(secret), PASS));
        expect(await readPass(await fresh(SECRET), token, HERE)).toBeUndefined();
      }),
      { numRuns: 50 },
    );
  });

  const badTickets: [string, object][] = [
    ["a negative time", { t: -1 }],
    ["a time in words", { t: "1" }],
    ["no time", { t: undefined }],
    ["a time that no clock reaches", { t: 1e300 }],
    ["a far time of arrival", { t: NOW_MS * 1000 }],
    ["a far end", { exp: NOW_MS }],
    ["a far time of being there", { u: NOW_MS }],
    ["a negative end", { exp: -1 }],
    ["no end", { exp: undefined }],
    ["an end in the past", { exp: NOW_MS / 1000 }],
    ["a negative position", { p: -1 }],
    ["a position in words", { p: "first" }],
    ["no position where one is told", { p: null }],
    ["a room that is none", { room: 7 }],
    ["an empty room", { room: "" }],
    ["several audiences", { aud: ["wallet.example"] }],
    ["no id", { id: undefined }],
    ["an id with other characters", { id: "AbCdEfGhIjKlMnOpQrSt v" }],
    ["a binding that is none", { b: {} }],
    ["no binding", { b: undefined }],
    ["a lane that is none", { l: 1 }],
    ["an address that holds it without a time", { h: "0123456789abcdef" }],
    ["a time of being held by no address", { hu: 5 }],
    ["an address that is none", { h: "a b", hu: 5 }],
    ["a negative time of being held", { h: "0123456789abcdef", hu: -1 }],
  ];
  it.each(badTickets)("with %s are nothing even when signed by us", async (_, wrong) => {
    const keys = await fresh(SECRET);
    const token = await forged(keys, { ...claimsOf(text(await signTicket(keys, TICKET))), ...wrong });
    expect(await readTicket(keys, token, HERE)).toBeUndefined();
  });

  it.each(["null", "[]", "1", '"x"', "{", "", "{}"])("of the content %s are nothing", async (json) => {
    const keys = await fresh(SECRET);
    expect(await readTicket(keys, await forged(keys, json), HERE)).toBeUndefined();
  });

  it("may say more than this release knows", async () => {
    const keys = await fresh(SECRET);
    const token = await forged(keys, { ...claimsOf(text(await signTicket(keys, TICKET))), later: 1 });
    expect(await readTicket(keys, token, HERE)).toEqual(TICKET);
  });

  it("of a pass whose two ends differ are nothing", async () => {
    const keys = await fresh(SECRET);
    const claims = claimsOf(text(await signPass(keys, PASS)));
    const { first } = keys.passes;
    const payload = base64url.encode(JSON.stringify({ ...claims, until: NOW_MS + 400_000 }));
    const input = `${first?.header}.${payload}`;
    expect(await readPass(keys, `${input}.${await hmac(first?.key, input)}`, HERE)).toBeUndefined();
  });

  it("of a pass say that the room has not heard of it, or nothing", async () => {
    const keys = await fresh(SECRET);
    const untold = { ...PASS, isUntold: true };
    expect(await readPass(keys, text(await signPass(keys, untold)), HERE)).toEqual(untold);
    const claims = claimsOf(text(await signPass(keys, PASS)));
    expect(claims).not.toHaveProperty("o");
    const { first } = keys.passes;
    for (const o of [0, 2, true, "1", null]) {
      const input = `${first?.header}.${base64url.encode(JSON.stringify({ ...claims, o }))}`;
      expect(await readPass(keys, `${input}.${await hmac(first?.key, input)}`, HERE)).toBeUndefined();
    }
  });

  it("keep a time of arrival between two milliseconds, which tells who came first in one", async () => {
    const keys = await fresh(SECRET);
    const ticket = { ...TICKET, arrivedAtMs: TICKET.arrivedAtMs + 0.375 };
    expect(await readTicket(keys, text(await signTicket(keys, ticket)), HERE)).toEqual(ticket);
  });

  it("are not signed when they could not be read back", async () => {
    const keys = await fresh(SECRET);
    expect(await signTicket(keys, { ...TICKET, arrivedAtMs: -1 })).toBeUndefined();
    expect(await signTicket(keys, { ...TICKET, room: "x".repeat(65) })).toBeUndefined();
    expect(await signPass(keys, { ...PASS, untilMs: Number.NaN })).toBeUndefined();
  });

  it("are as short as the decision page says", async () => {
    const keys = await fresh(SECRET);
    const first: Ticket = {
      ...TICKET,
      lowestPosition: undefined,
      presentUntilSeconds: 0,
      lane: undefined,
      binding: "c0123456789abcdef",
    };
    const longest: Ticket = {
      ...TICKET,
      room: "r".repeat(64),
      lane: "l".repeat(64),
      audience: "a".repeat(64),
    };
    expect(text(await signTicket(keys, first)).length).toBe(LENGTHS.firstTicket);
    expect(text(await signTicket(keys, TICKET)).length).toBe(LENGTHS.ticket);
    const hold = { owner: "0123456789abcdef", untilSeconds: NOW_MS / 1000 };
    expect(text(await signTicket(keys, { ...TICKET, hold })).length).toBe(LENGTHS.heldTicket);
    expect(text(await signTicket(keys, longest)).length).toBe(LENGTHS.longestTicket);
    expect(text(await signPass(keys, PASS)).length).toBe(LENGTHS.pass);
  });

  it("have ids of 128 bits that never repeat, and that no command takes for an option", () => {
    const made = Array.from({ length: 1000 }, newTicketId);
    expect(new Set(made).size).toBe(1000);
    for (const id of made) expect(id).toMatch(/^\w[\w-]{21}$/);
  });
});

const LENGTHS = { firstTicket: 298, ticket: 370, heldTicket: 422, longestTicket: 591, pass: 339 };

describe("the keys", () => {
  it.each([undefined, "", " , ", "short", "123456789012345", "short,shorter"])(
    "of %j sign nothing, and read nothing",
    async (list) => {
      const keys = await queueKeys(list);
      expect(keys.canSign).toBe(false);
      expect(await signTicket(keys, TICKET)).toBeUndefined();
      expect(await signPass(keys, PASS)).toBeUndefined();
      const token = text(await signTicket(await fresh(SECRET), TICKET));
      expect(await readTicket(keys, token, HERE)).toBeUndefined();
      expect(isSignedByFirst(keys.tickets, token)).toBe(false);
    },
  );

  it("are made of what is long enough, and tell how many were not", async () => {
    const keys = await queueKeys(` short , ${SECRET} ,, ${SECRET}`);
    expect(keys).toMatchObject({ canSign: true, ignoredSecrets: 1 });
    expect(keys.tickets.byHeader.size).toBe(1);
  });

  it("are made once for a list", async () => {
    const keys = await queueKeys(SECRET);
    const derive = vi.spyOn(crypto.subtle, "deriveBits");
    expect(await queueKeys(SECRET)).toBe(keys);
    expect(derive).not.toHaveBeenCalled();
    const [one, other] = await Promise.all([queueKeys(OLD_SECRET), queueKeys(OLD_SECRET)]);
    expect(one).toBe(other);
  });

  it("cannot be taken out of the edge", async () => {
    const { tickets: ring, ownerKeys } = await queueKeys(SECRET);
    for (const key of [ring.first?.key, ...ownerKeys]) expect(key?.extractable).toBe(false);
  });
});

function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as Record<
    string,
    unknown
  >;
}

/** Signed with the ticket key, whatever it says. */
async function forged(keys: QueueKeys, content: object | string): Promise<string> {
  const { first } = keys.tickets;
  if (first === undefined) throw new Error("no key");
  const json = typeof content === "string" ? content : JSON.stringify(content);
  return new CompactSign(new TextEncoder().encode(json)).setProtectedHeader(first.members).sign(first.key);
}

async function hmac(key: CryptoKey | undefined, input: string): Promise<string> {
  if (key === undefined) throw new Error("no key");
  return base64url.encode(
    new Uint8Array(await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(input))),
  );
}
