import { describe, expect, it } from "vitest";
import { type AttemptOutcome, evidenceOf, isFailure, isGatewayFailure } from "../../src/policy/outcome.ts";

const answered = (status: number, hasRetryAfter = false): AttemptOutcome => ({
  kind: "answered",
  status,
  hasRetryAfter,
});
const usual = { count5xx: false };
const strict = { count5xx: true };

describe("what an attempt tells of its origin", () => {
  it.each(["disconnected", "timed-out", "truncated"] as const)("%s is a failure", (kind) => {
    expect(isFailure({ kind }, usual)).toBe(true);
  });

  it.each([502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 527, 530])(
    "status %i is a failure",
    (status) => {
      expect(isFailure(answered(status), usual)).toBe(true);
    },
  );

  it("503 with Retry-After is neutral: the origin sheds load on purpose, counted 5xx or not", () => {
    expect(evidenceOf(answered(503, true), usual)).toBe("neutral");
    expect(evidenceOf(answered(503, true), strict)).toBe("neutral");
  });

  it.each([500, 501, 505, 507, 508, 511, 528, 599])(
    "status %i is neutral, or a failure where 5xx count",
    (status) => {
      expect(evidenceOf(answered(status), usual)).toBe("neutral");
      expect(evidenceOf(answered(status), strict)).toBe("failure");
    },
  );

  it.each([101, 200, 204, 301, 304, 400, 401, 404, 408, 409, 429, 499])(
    "status %i is a success",
    (status) => {
      expect(evidenceOf(answered(status), usual)).toBe("success");
      expect(evidenceOf(answered(status), strict)).toBe("success");
    },
  );

  it("a client that goes away tells nothing", () => {
    expect(evidenceOf({ kind: "client-gone" }, strict)).toBe("neutral");
  });

  it("a Retry-After on 502 or 504 does not excuse them", () => {
    expect(isFailure(answered(502, true), usual)).toBe(true);
    expect(isFailure(answered(504, true), usual)).toBe(true);
  });

  it("503 and 500 are the origin's own, not a gateway's", () => {
    expect([500, 503, 519, 528, 529, 531].some(isGatewayFailure)).toBe(false);
  });
});
