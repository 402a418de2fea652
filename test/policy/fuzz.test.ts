// Fuzzing of everything that reads what strangers write, for a bounded time each: nothing throws, nothing is believed that
// was not signed, and no text takes long. `FUZZ_SECONDS` makes it longer (npm run fuzz).
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatProblem, loadConfig } from "../../src/config/load.ts";
import { signPin, verifyPin } from "../../src/config/pin-token.ts";
import { queueKeys } from "../../src/config/queue-keys.ts";
import { readPass, readTicket, signPass, signTicket } from "../../src/config/queue-token.ts";
import { languagesOf, wantsPage } from "../../src/edge/negotiate.ts";
import { chooseLanguage, isLanguage } from "../../src/pages/languages.ts";
import { canonicalAddress, clientAddress } from "../../src/policy/address.ts";
import { appendCdnLoop, hasLooped } from "../../src/policy/cdn-loop.ts";
import { cookieValue } from "../../src/policy/cookie.ts";
import { forwardedValue } from "../../src/policy/forwarded.ts";
import { bearerToken, tokenHeader } from "../../src/policy/jwt-token.ts";
import { OWN_COOKIE_PREFIX, withoutOwnCookies, withoutOwnSetCookies } from "../../src/policy/own-cookies.ts";
import { normalizePath } from "../../src/policy/path.ts";
import { attemptTraceparent, continueTrace } from "../../src/policy/trace-context.ts";
import { HERE, NOW_MS, PASS, SECRET, TICKET } from "../support/queue.ts";

const wantedSeconds = Number(process.env.FUZZ_SECONDS ?? "0.7");
/** For each property. */
const BUDGET_MS = wantedSeconds * 1000;
const PARAMETERS = { numRuns: 1_000_000, interruptAfterTimeLimit: BUDGET_MS, markInterruptAsFailure: false };

/** What headers are made of, and what breaks readers of them. */
const pieces = fc.constantFrom(
  ..."abcxyzAZ019-_.~%;:,=\"'\\/@()[]{}<>?*+|&#$! \t".split(""),
  "__Host-tidegate-",
  "__proto__",
  "constructor",
  "q=0.",
  "q=1e309",
  "for=",
  "00-",
  "\u00e9",
  "\u2028",
  "\ufeff",
  "\ud800",
  "\r\n",
  "\0",
);
const hostile = fc.oneof(
  fc.array(pieces, { maxLength: 60 }).map((all) => all.join("")),
  fc.string({ unit: "binary", maxLength: 60 }),
);
/** A text that was well formed, with some of it changed, doubled or gone. */
const spoilt = (text: string) =>
  fc
    .array(fc.tuple(fc.nat(text.length), fc.nat(40), fc.oneof(hostile, fc.constant(""))), {
      minLength: 1,
      maxLength: 4,
    })
    .map((changes) =>
      changes.reduce((now, [at, length, by]) => now.slice(0, at) + by + now.slice(at + length), text),
    );

const check = <T>(property: fc.IRawProperty<T>) => fc.assert(property, PARAMETERS);

describe("a configuration that strangers have touched", () => {
  const example = readFileSync("src/config/example.toml", "utf8");

  it("is read, or refused with a place and words that are safe to print", async () => {
    await check(
      fc.property(fc.oneof(spoilt(example), hostile), (text) => {
        const loaded = loadConfig(text, { file: "tidegate.toml", environment: "production" });
        if (loaded.kind === "ok") return;
        expect(loaded.problems.length).toBeGreaterThan(0);
        for (const problem of loaded.problems) {
          const line = formatProblem(problem);
          expect(line).toMatch(/^tidegate\.toml:\d+:\d+: TG\d{4}[: ]/);
          // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
          expect(line).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
        }
      }),
    );
  });
});

describe("cookies", () => {
  it("are found as a plain reading of RFC 6265 finds them", async () => {
    await check(
      fc.property(hostile, fc.stringMatching(/^[a-z]{1,4}$/), (header, name) => {
        const pairs = header.split(";").map((pair) => /^([^=]*)=([\s\S]*)$/.exec(pair));
        const found = pairs.find((pair) => pair !== null && pair[1]?.trim() === name && pair[1] !== "");
        expect(cookieValue(header, name)).toBe(found?.[2]?.trim());
      }),
    );
  });

  it("of the edge never reach an origin and never come from one; others go on as they are", async () => {
    await check(
      fc.property(fc.array(hostile, { maxLength: 6 }), (pairs) => {
        const header = pairs.join("; ");
        const rest = withoutOwnCookies(header) ?? "";
        for (const pair of rest.split(";"))
          expect(pair.trimStart().startsWith(OWN_COOKIE_PREFIX)).toBe(false);
        const others = header.split(";").filter((pair) => !pair.trimStart().startsWith(OWN_COOKIE_PREFIX));
        expect(rest.trim()).toBe(others.join(";").trim());
        for (const field of withoutOwnSetCookies(pairs)) {
          expect(cookieValue(field.replace(/^[\s=]+/, ""), `${OWN_COOKIE_PREFIX}lang`)).toBeUndefined();
        }
      }),
    );
  });
});

describe("signed texts", () => {
  const signed = (async () => {
    const keys = await queueKeys(SECRET);
    return {
      keys,
      ticket: (await signTicket(keys, TICKET)) ?? "",
      pass: (await signPass(keys, PASS)) ?? "",
      pin: (await signPin(SECRET, { pool: "wallet", origin: "hk", expiresAtMs: NOW_MS + 60_000 })) ?? "",
    };
  })();

  it("count for nothing once a character is another, or when they are for something else", async () => {
    const { keys, ticket, pass, pin } = await signed;
    expect(await readTicket(keys, ticket, HERE)).toBeDefined();
    expect(await readPass(keys, pass, HERE)).toBeDefined();
    expect(await verifyPin(SECRET, pin, NOW_MS)).toBeDefined();
    const anything = fc.oneof(hostile, spoilt(ticket), spoilt(pass), spoilt(pin));
    await check(
      fc.asyncProperty(anything, async (text) => {
        if (text !== ticket) expect(await readTicket(keys, text, HERE)).toBeUndefined();
        if (text !== pass) expect(await readPass(keys, text, HERE)).toBeUndefined();
        if (text !== pin) expect(await verifyPin(SECRET, text, NOW_MS)).toBeUndefined();
      }),
    );
  });

  it("of others are looked at only in the one form there is", async () => {
    await check(
      fc.property(fc.oneof(hostile, spoilt("Bearer eyJhbGciOiJFUzI1NiJ9.e30.AAAA")), (field) => {
        const token = bearerToken(field);
        if (token !== undefined) expect(token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
      }),
    );
    await check(
      fc.property(fc.anything({ withNullPrototype: true }), (header) => {
        const found = tokenHeader(header, ["ES256"]);
        if (found !== undefined) expect(found.alg).toBe("ES256");
      }),
    );
  });
});

describe("what a client accepts", () => {
  const requestWith = (accept: string) => ({
    request: { headers: { get: () => accept } } as unknown as Request,
  });

  it("gives an answer for every text", async () => {
    await check(
      fc.property(fc.oneof(hostile, spoilt("text/html,application/json;q=0.9,*/*;q=0.8")), (accept) => {
        expect(typeof wantsPage(requestWith(accept))).toBe("boolean");
      }),
    );
  });

  it("gives one of our languages for every text", async () => {
    await check(
      fc.property(fc.oneof(hostile, spoilt("zh-Hant-HK,zh;q=0.9,en;q=0.8")), (accept) => {
        const asked = languagesOf(requestWith(accept));
        expect(isLanguage(chooseLanguage(asked))).toBe(true);
      }),
    );
  });
});

describe("the fields that tell an origin of the way", () => {
  const random = (bytes: number) => "ab".repeat(bytes);

  it("traceparent is well formed whatever came, and goes on where what came was well formed", async () => {
    const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    await check(
      fc.property(
        fc.oneof(hostile, spoilt(parent)),
        fc.oneof(hostile, spoilt("a=1,b@c=2")),
        (came, state) => {
          const trace = continueTrace(came, state, random);
          const sent = attemptTraceparent(trace, random);
          expect(sent).toMatch(/^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-0[01]$/);
          expect(continueTrace(sent, trace.tracestate, random)).toMatchObject({
            kind: "continued",
            traceId: trace.traceId,
            tracestate: trace.tracestate,
          });
          if (trace.tracestate !== undefined) expect(trace.tracestate).toMatch(/^[\x20-\x7e]*$/);
        },
      ),
    );
  });

  it("Forwarded is one element of known members, whatever host and address came", async () => {
    const one =
      /^for=(?:\d+(?:\.\d+){3}|"\[[0-9a-f:.]+\]"|unknown)(?:;host=(?:[\w!#$%&'*+\-.^`|~]+|"[!#-[\]-~]*"))?;proto=https?$/;
    await check(
      fc.property(fc.oneof(hostile, spoilt("wallet.example:8443")), hostile, (host, came) => {
        const address = clientAddress(came);
        expect(forwardedValue({ clientAddress: address, host, scheme: "https" })).toMatch(one);
      }),
    );
  });

  it("an address is written in one way, and that way means itself", async () => {
    await check(
      fc.property(fc.oneof(hostile, fc.ipV4(), fc.ipV6(), spoilt("2001:db8::1")), (text) => {
        const address = canonicalAddress(text);
        if (address !== undefined) expect(canonicalAddress(address)).toBe(address);
      }),
    );
  });

  it("a loop is seen however long the way was, and no name is taken for another", async () => {
    await check(
      fc.property(hostile, (came) => {
        expect(hasLooped(appendCdnLoop(came, "tidegate-fuzz"), "tidegate-fuzz")).toBe(true);
      }),
    );
  });

  it("a path is refused or read the same a second time", async () => {
    await check(
      fc.property(fc.oneof(hostile, spoilt("/api/%70ay/..;/x%2f..%5c")), (text) => {
        const found = normalizePath(`/${text}`);
        if (found.kind === "ok") expect(normalizePath(found.path)).toEqual(found);
      }),
    );
  });
});

describe("a long text", () => {
  const LENGTH = 64 * 1024;
  /** A reader whose time grows with the square of the length takes seconds for these. */
  const LONGEST_MS = 2_000;
  const fills = [
    ";",
    ",",
    "=",
    '"',
    "\\",
    '\\"',
    "a=",
    "a;",
    "a,",
    " ",
    "\t;",
    '";',
    'a="b\\',
    "q=0;",
    "00-",
    "-",
    "a@",
    "%",
    "%2",
    "/.",
    "../",
    "0",
    ":",
    "a=b; ",
  ];
  const readers: Readonly<Record<string, (text: string) => unknown>> = {
    cookieValue: (text) => cookieValue(text, "sid"),
    withoutOwnCookies: (text) => withoutOwnCookies(`${OWN_COOKIE_PREFIX}${text}`),
    wantsPage: (text) => wantsPage({ request: { headers: { get: () => text } } as unknown as Request }),
    languagesOf: (text) =>
      chooseLanguage(languagesOf({ request: { headers: { get: () => text } } as unknown as Request })),
    bearerToken: (text) => bearerToken(`Bearer ${text}`),
    traceparent: (text) => continueTrace(`00-${text}`, undefined, (bytes) => "ab".repeat(bytes)),
    tracestate: (text) =>
      continueTrace("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", text, (bytes) =>
        "ab".repeat(bytes),
      ),
    clientAddress: (text) => clientAddress(text),
    hasLooped: (text) => hasLooped(text, "tidegate"),
    normalizePath: (text) => normalizePath(`/${text}`),
    forwardedValue: (text) => forwardedValue({ host: text, scheme: "https" }),
  };

  it.each(Object.entries(readers))("%s reads it in time that does not run away (ReDoS)", (_, read) => {
    for (const fill of fills) {
      const text = fill.repeat(LENGTH / fill.length);
      const startMs = performance.now();
      read(text);
      read(`${text}!`);
      expect(performance.now() - startMs, JSON.stringify(fill)).toBeLessThan(LONGEST_MS);
    }
  });
});
