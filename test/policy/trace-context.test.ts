import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  attemptTraceparent,
  cleanTracestate,
  continueTrace,
  type Trace,
} from "../../src/policy/trace-context.ts";

const TRACE_ID = "12345678901234567890123456789012";
const GIVEN = `00-${TRACE_ID}-1234567890123456-00`;
const NEW_TRACE_ID = "ab".repeat(16);

/** Hexadecimal that differs from call to call, as random bytes do. */
function countingRandom() {
  let calls = 0;
  return (bytes: number) => (++calls).toString(16).padStart(bytes * 2, "ab");
}
const random = (bytes: number) => "ab".repeat(bytes);
const traceOf = (traceparent?: string, tracestate?: string) => continueTrace(traceparent, tracestate, random);

// The vectors of github.com/w3c/trace-context test/test.py, by the name of its test.
describe("a trace continues", () => {
  it.each([
    ["traceparent_included_tracestate_missing", `00-${TRACE_ID}-1234567890123456-01`],
    ["traceparent_version_0xcc", `cc-${TRACE_ID}-1234567890123456-01`],
    ["traceparent_version_0xcc, extra", `cc-${TRACE_ID}-1234567890123456-01-what-the-future-will-be-like`],
    ["traceparent_ows_handling, leading space", ` 00-${TRACE_ID}-1234567890123456-01`],
    ["traceparent_ows_handling, leading tab", `\t00-${TRACE_ID}-1234567890123456-01`],
    ["traceparent_ows_handling, trailing space", `00-${TRACE_ID}-1234567890123456-01 `],
    ["traceparent_ows_handling, trailing tab", `00-${TRACE_ID}-1234567890123456-01\t`],
    ["traceparent_ows_handling, both", `\t 00-${TRACE_ID}-1234567890123456-01 \t`],
  ])("%s", (_, traceparent) => {
    expect(traceOf(traceparent)).toEqual({
      kind: "continued",
      traceId: TRACE_ID,
      flags: "01",
      tracestate: undefined,
    });
  });
});

describe("a trace restarts", () => {
  it.each([
    ["both_traceparent_and_tracestate_missing", undefined],
    ["empty", ""],
    [
      "traceparent_duplicated",
      "00-12345678901234567890123456789011-1234567890123456-01, 00-12345678901234567890123456789012-1234567890123456-01",
    ],
    ["traceparent_version_0x00, dot", `00-${TRACE_ID}-1234567890123456-01.`],
    ["traceparent_version_0x00, extra", `00-${TRACE_ID}-1234567890123456-01-what-the-future-will-be-like`],
    ["traceparent_version_0x00, dash", `00-${TRACE_ID}-1234567890123456-01-`],
    ["traceparent_version_0xcc, dot", `cc-${TRACE_ID}-1234567890123456-01.what-the-future-will-be-like`],
    ["traceparent_version_0xff", `ff-${TRACE_ID}-1234567890123456-01`],
    ["traceparent_version_illegal_characters", `.0-${TRACE_ID}-1234567890123456-01`],
    ["traceparent_version_illegal_characters", `0.-${TRACE_ID}-1234567890123456-01`],
    ["traceparent_version_too_long", `000-${TRACE_ID}-1234567890123456-01`],
    ["traceparent_version_too_long", `0000-${TRACE_ID}-1234567890123456-01`],
    ["traceparent_version_too_short", `0-${TRACE_ID}-1234567890123456-01`],
    ["traceparent_trace_id_all_zero", `00-${"0".repeat(32)}-1234567890123456-01`],
    ["traceparent_trace_id_illegal_characters", "00-.2345678901234567890123456789012-1234567890123456-01"],
    ["traceparent_trace_id_illegal_characters", "00-1234567890123456789012345678901.-1234567890123456-01"],
    ["traceparent_trace_id_too_long", `00-${TRACE_ID}3-1234567890123456-01`],
    ["traceparent_trace_id_too_short", "00-1234567890123456789012345678901-1234567890123456-01"],
    ["traceparent_parent_id_all_zero", `00-${TRACE_ID}-0000000000000000-01`],
    ["traceparent_parent_id_illegal_characters", `00-${TRACE_ID}-.234567890123456-01`],
    ["traceparent_parent_id_illegal_characters", `00-${TRACE_ID}-123456789012345.-01`],
    ["traceparent_parent_id_too_long", `00-${TRACE_ID}-12345678901234567-01`],
    ["traceparent_parent_id_too_short", `00-${TRACE_ID}-123456789012345-01`],
    ["traceparent_trace_flags_illegal_characters", `00-${TRACE_ID}-1234567890123456-.0`],
    ["traceparent_trace_flags_illegal_characters", `00-${TRACE_ID}-1234567890123456-0.`],
    ["traceparent_trace_flags_too_long", `00-${TRACE_ID}-1234567890123456-001`],
    ["traceparent_trace_flags_too_short", `00-${TRACE_ID}-1234567890123456-1`],
    // Recommendation §3.2.2: lower case only. No header smuggles in behind a line break.
    ["upper case", "00-ABCDEF78901234567890123456789012-1234567890123456-01"],
    ["line break", `00-${TRACE_ID}-1234567890123456-01\n`],
    ["line break in the extra part", `cc-${TRACE_ID}-1234567890123456-01-a\r\nx: y`],
  ])("%s: %j", (_, traceparent) => {
    expect(traceOf(traceparent, "foo=1")).toEqual({
      kind: "restarted",
      traceId: NEW_TRACE_ID,
      flags: "00",
      tracestate: undefined,
    });
  });

  it("with ids that are not all zero, whatever chance gives", () => {
    const trace = continueTrace(undefined, undefined, (bytes) => "00".repeat(bytes));
    expect(trace.traceId).toBe(`${"0".repeat(31)}1`);
    expect(attemptTraceparent(trace, (bytes) => "00".repeat(bytes))).toBe(
      `00-${"0".repeat(31)}1-${"0".repeat(15)}1-00`,
    );
  });
});

describe("the flags", () => {
  it.each([
    ["00", "00"],
    ["01", "01"],
    ["02", "00"],
    ["03", "01"],
    ["fe", "00"],
    ["ff", "01"],
  ])("%s are written as %s: unknown bits are cleared", (given, written) => {
    expect(traceOf(`00-${TRACE_ID}-1234567890123456-${given}`).flags).toBe(written);
  });
});

describe("an attempt's traceparent", () => {
  it("keeps trace and flags and has a parent id of its own (AdvancedTest)", () => {
    const chance = countingRandom();
    const trace = continueTrace(`cc-${TRACE_ID}-1234567890123456-01-extra`, undefined, chance);
    const attempts = [1, 2, 3].map(() => attemptTraceparent(trace, chance));
    for (const attempt of attempts) expect(attempt).toMatch(new RegExp(`^00-${TRACE_ID}-[0-9a-f]{16}-01$`));
    expect(new Set([...attempts, `00-${TRACE_ID}-1234567890123456-01`]).size).toBe(4);
  });

  it("is one that the next hop continues", () => {
    fc.assert(
      fc.property(
        fc.option(fc.string({ unit: fc.constantFrom(..."0123abcf-.A ") }), { nil: undefined }),
        (given) => {
          const trace: Trace = continueTrace(given, undefined, countingRandom());
          const next = continueTrace(attemptTraceparent(trace, countingRandom()), undefined, random);
          expect(next).toEqual({ ...trace, kind: "continued" });
        },
      ),
    );
  });
});

const members = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `bar${from + index}=${from + index}`);
const KEY_CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789_-*/";
const VALUE_CHARACTERS = Array.from({ length: 0x7f - 0x20 }, (_, index) => String.fromCharCode(0x20 + index))
  .filter((character) => character !== "," && character !== "=")
  .join("");

// Several headers arrive from the runtime as one, joined by ", ".
describe("tracestate", () => {
  it.each([
    ["tracestate_included_traceparent_included", "foo=1,bar=2", "foo=1,bar=2"],
    ["tracestate_empty_header", "foo=1, ", "foo=1"],
    ["tracestate_empty_header", ", foo=1", "foo=1"],
    ["tracestate_multiple_headers", "foo=1,bar=2, rojo=1,congo=2, baz=3", "foo=1,bar=2,rojo=1,congo=2,baz=3"],
    ["tracestate_ows_handling", "foo=1 \t , \t bar=2, \t baz=3", "foo=1,bar=2,baz=3"],
    ["tracestate_ows_handling", "foo=1\t \t,\t \tbar=2,\t \tbaz=3", "foo=1,bar=2,baz=3"],
    ["tracestate_ows_handling", "\t foo=1 \t", "foo=1"],
    [
      "tracestate_all_allowed_characters",
      `${KEY_CHARACTERS}=${VALUE_CHARACTERS}`,
      `${KEY_CHARACTERS}=${VALUE_CHARACTERS}`,
    ],
    [
      "tracestate_all_allowed_characters, vendor",
      `${KEY_CHARACTERS}@a-z0-9_-*/=1`,
      `${KEY_CHARACTERS}@a-z0-9_-*/=1`,
    ],
    ["a space within a value", "foo= 1 2", "foo= 1 2"],
    ["tenant beginning with a digit", "1foo@bar=1", "1foo@bar=1"],
  ])("is inherited: %s %#", (_, given, kept) => {
    expect(traceOf(GIVEN, given)).toMatchObject({ kind: "continued", tracestate: kept });
  });

  it.each([
    ["tracestate_empty_header", ""],
    ["only commas", ", ,"],
    ["tracestate_duplicated_keys", "foo=1,foo=1"],
    ["tracestate_duplicated_keys", "foo=1,foo=2"],
    ["tracestate_duplicated_keys, two headers", "foo=1, foo=2"],
    ["tracestate_key_illegal_characters", "foo =1"],
    ["tracestate_key_illegal_characters", "FOO=1"],
    ["tracestate_key_illegal_characters", "foo.bar=1"],
    ["tracestate_key_illegal_vendor_format", "foo@=1,bar=2"],
    ["tracestate_key_illegal_vendor_format", "@foo=1,bar=2"],
    ["tracestate_key_illegal_vendor_format", "foo@@bar=1,bar=2"],
    ["tracestate_key_illegal_vendor_format", "foo@bar@baz=1,bar=2"],
    ["tracestate_value_illegal_characters", "foo=bar=baz"],
    ["tracestate_value_illegal_characters", "foo=,bar=3"],
    ["simple key beginning with a digit", "1foo=1"],
    ["no value", "foo"],
    ["control character", "foo=a\u0001b"],
    ["beyond ASCII", "foo=é"],
  ])("is discarded, and the trace goes on: %s %#", (_, given) => {
    expect(traceOf(GIVEN, given)).toEqual({
      kind: "continued",
      traceId: TRACE_ID,
      flags: "00",
      tracestate: undefined,
    });
  });

  it.each([
    ["z".repeat(256), true],
    ["z".repeat(257), false],
    [`${"t".repeat(241)}@${"v".repeat(14)}`, true],
    [`${"t".repeat(242)}@v`, false],
    [`t@${"v".repeat(15)}`, false],
  ])("has keys of a limited length (tracestate_key_length_limit) %#", (key, fits) => {
    expect(cleanTracestate(`foo=1,${key}=1`)).toBe(fits ? `foo=1,${key}=1` : undefined);
  });

  it("has values of at most 256 characters", () => {
    expect(cleanTracestate(`foo=${"v".repeat(256)}`)).toBe(`foo=${"v".repeat(256)}`);
    expect(cleanTracestate(`foo=${"v".repeat(257)}`)).toBeUndefined();
  });

  it("keeps 32 members, the newest, which are the leftmost", () => {
    expect(cleanTracestate(members(1, 32).join(","))).toBe(members(1, 32).join(","));
    expect(cleanTracestate(members(1, 40).join(","))).toBe(members(1, 32).join(","));
    expect(cleanTracestate(`${members(1, 32).join(", , ")},`)).toBe(members(1, 32).join(","));
  });

  it("is worthless when a member beyond the 32nd is malformed", () => {
    expect(cleanTracestate(`${members(1, 33).join(",")},BAD=1`)).toBeUndefined();
  });

  it("comes out as it would go in again, whatever came", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."ab1@=, \t_*/-A") }), (given) => {
        const kept = cleanTracestate(given);
        if (kept !== undefined) expect(cleanTracestate(kept)).toBe(kept);
      }),
      { numRuns: 2000 },
    );
  });
});
