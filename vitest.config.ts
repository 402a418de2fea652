import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

/** A file's first test loads all that it needs, beside whatever else the machine does. */
const PATIENCE_MS = 60_000;

/** For a condition; where a second is what is promised, the test says so itself. */
const PATIENT = { poll: { timeout: 10_000 } };

export default defineConfig({
  test: {
    // End-to-end files mostly wait, for processes and for the time that something takes: on two cores three at a time leave
    // room (14 minutes of CPU time in all).
    maxWorkers: 3,
    projects: [
      {
        test: {
          name: "policy",
          include: ["test/policy/**/*.test.ts", "test/config/**/*.test.ts", "test/sim/**/*.test.ts"],
          // Pure functions share nothing that a test could spoil: one process for all files instead of one each.
          isolate: false,
          testTimeout: PATIENCE_MS,
        },
      },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              bindings: { TIDEGATE_ADMIN_TOKEN: "token-of-the-tests" },
              ratelimits: { TEST_FLOOD_GUARD: { namespace_id: "1", simple: { limit: 5, period: 10 } } },
            },
          }),
        ],
        test: { name: "worker", include: ["test/worker/**/*.test.ts"], testTimeout: PATIENCE_MS },
      },
      {
        // Each file has one Chromium; a page that hangs must not hang the run.
        test: {
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          globalSetup: ["test/support/build.ts"],
          expect: PATIENT,
          testTimeout: 60_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          globalSetup: ["test/support/build.ts"],
          expect: PATIENT,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
