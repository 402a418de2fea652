/** Types of the Worker under test: its bindings and its entry. */
declare namespace Cloudflare {
  interface Env {
    readonly CONTROL: import("../../src/config/env.ts").Env["CONTROL"];
    readonly MONITOR: import("../../src/config/env.ts").Env["MONITOR"];
    readonly LIMITER: import("../../src/config/env.ts").Env["LIMITER"];
    readonly TEST_FLOOD_GUARD: RateLimit;
    readonly ROOM: import("../../src/config/env.ts").Env["ROOM"];
    readonly PLACES: import("../../src/config/env.ts").Env["PLACES"];
    readonly TIDEGATE_ENV: string;
    readonly TIDEGATE_ADMIN_TOKEN: string;
    readonly VERSION: { readonly id: string; readonly tag: string; readonly timestamp: string };
  }

  interface GlobalProps {
    mainModule: typeof import("../../src/index.ts");
  }
}
