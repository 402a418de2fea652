// What `npm run audit` makes of npm's answers: an answer that is none is never a clean one.
import { describe, expect, it } from "vitest";
import { judgeAudit } from "../../scripts/lib/audit-verdict.ts";

const counts = (high: number, critical = 0) => ({ info: 0, low: 2, moderate: 1, high, critical, total: 3 });

describe("npm audit", () => {
  it("is clean with nothing high", () => {
    expect(judgeAudit(JSON.stringify({ metadata: { vulnerabilities: counts(0) } }), "").kind).toBe("clean");
  });

  it.each([
    [1, 0],
    [0, 1],
  ])("fails with %i high and %i critical, and names them", (high, critical) => {
    const severity = high > 0 ? "high" : "critical";
    const report = {
      metadata: { vulnerabilities: counts(high, critical) },
      vulnerabilities: { mild: { severity: "low" }, leftpad: { severity, range: "<2" } },
    };
    const verdict = judgeAudit(JSON.stringify(report), "");
    expect(verdict.kind).toBe("found");
    expect(verdict.text).toContain(`leftpad <2: ${severity}`);
    expect(verdict.text).not.toContain("mild");
  });

  it.each(["", "{}", '{"message":"405 Method Not Allowed"}', '{"error":{"code":"ENOTFOUND"}}', "<html>"])(
    "says that nobody was asked when the registry answers %j",
    (output) => {
      const verdict = judgeAudit(output, "npm error audit endpoint returned an error");
      expect(verdict.kind).toBe("not-checked");
      expect(verdict.text).toContain("npm audit: the registry does not answer advisories, not checked");
    },
  );
});
