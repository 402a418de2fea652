import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { bundledSnapshot, bundleText, describeBundle } from "../../src/edge/bundle.ts";
import { walletToml } from "./support.ts";

const TOML = walletToml({ hk: 50, sg: 30, fra: 20 });
const withFile = (toml: string, more = {}) => ({ ...env, TIDEGATE_CONFIG: toml, ...more });

afterEach(() => {
  vi.restoreAllMocks();
});

describe("the configuration that a Worker carries", () => {
  it("is the bundled file, or the text it was started with", () => {
    expect(bundleText(env)).toContain('name = "wallet"');
    expect(bundleText(withFile(TOML))).toBe(TOML);
  });

  it("is known to Control by its digest and the time of its deployment", async () => {
    expect(
      await describeBundle(
        withFile("a", { VERSION: { id: "", tag: "", timestamp: "2026-11-23T17:00:00.000Z" } }),
      ),
    ).toEqual({
      sha256: "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb",
      deployedAtMs: Date.UTC(2026, 10, 23, 17),
    });
  });

  it.each([undefined, { id: "", tag: "", timestamp: "" }, { id: "", tag: "", timestamp: "yesterday" }])(
    "has an unknown time of deployment without version metadata (%j)",
    async (version) => {
      expect(await describeBundle(withFile("a", { VERSION: version }))).toMatchObject({ deployedAtMs: 0 });
    },
  );

  it("is version 0 of the snapshot", () => {
    const snapshot = bundledSnapshot(withFile(TOML));
    expect(snapshot?.version).toBe(0);
    expect(snapshot?.slots.wallet?.origins).toEqual(["hk", "sg", "fra"]);
  });

  it("is no snapshot when it has mistakes, and each mistake is logged with its place", () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
    expect(bundledSnapshot(withFile(`${TOML}colour = 1\nshape = 2\n`))).toBeUndefined();
    expect(log.mock.calls.map(([line]) => String(line))).toEqual([
      expect.stringMatching(/^tidegate\.toml:\d+:\d+: TG1101 colour/),
      expect.stringMatching(/^tidegate\.toml:\d+:\d+: TG1101 shape/),
    ]);
  });

  it("allows http: to other machines in development only, production being what is meant when nothing is said", () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const toml = TOML.replace("https://hk", "http://hk");
    expect(bundledSnapshot(withFile(toml, { TIDEGATE_ENV: "development" }))).toBeDefined();
    expect(bundledSnapshot(withFile(toml, { TIDEGATE_ENV: "production" }))).toBeUndefined();
    expect(bundledSnapshot(withFile(toml, { TIDEGATE_ENV: undefined }))).toBeUndefined();
  });
});
