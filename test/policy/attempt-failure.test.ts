import { describe, expect, it } from "vitest";
import { problemOfFailure } from "../../src/policy/attempt-failure.ts";

describe("an attempt that brought no answer", () => {
  it.each(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"])("may be repeated by the client after %s", (method) => {
    expect(problemOfFailure("timed-out", method)).toBe("origin-timeout");
    expect(problemOfFailure("disconnected", method)).toBe("origin-unreachable");
  });

  it.each(["POST", "PATCH", "LOCK", "PURGE", "X-PAY", "get", ""])(
    "has an unknown outcome after %s, so that nobody pays twice",
    (method) => {
      expect(problemOfFailure("timed-out", method)).toBe("outcome-unknown");
      expect(problemOfFailure("disconnected", method)).toBe("outcome-unknown");
    },
  );
});
