import { describe, expect, it } from "vitest";
import { isAlwaysLogged } from "../../src/policy/request-log.ts";

const ended = (decision: string, status: number, more = {}) => ({
  decision,
  status,
  isAdmin: false,
  hasFailed: false,
  ...more,
});

describe("a request's line", () => {
  it.each([
    ["an origin's error", ended("proxied", 500)],
    ["no answer", ended("unanswered", 504)],
    ["nobody to ask", ended("shed", 503)],
    ["a denial of a limit", ended("limited", 429)],
    ["a limit that is closed", ended("limited", 503)],
    ["a form that is refused", ended("blocked", 400)],
    ["a kept answer in the place of an error", ended("stale", 200)],
    ["the edge's own failure", ended("error", 500)],
    ["an answer after a retry", ended("proxied", 200, { hasFailed: true })],
    ["an operator's read", ended("reserved", 200, { isAdmin: true })],
  ])("is written whatever the sample: %s", (_, request) => {
    expect(isAlwaysLogged(request)).toBe(true);
  });

  it.each([
    ["an answer", ended("proxied", 200)],
    ["a redirect", ended("proxied", 302)],
    ["an origin's word on a bad request", ended("proxied", 404)],
    ["a place in line", ended("queued", 503)],
    ["planned maintenance", ended("maintenance", 503)],
    ["a poll", ended("reserved", 200)],
  ])("is left to the sample: %s", (_, request) => {
    expect(isAlwaysLogged(request)).toBe(false);
  });
});
