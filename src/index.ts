/** The Worker's entry: the fetch handler and the Durable Object classes, nothing else. */
import { serve } from "./app.ts";
import type { Env } from "./config/env.ts";

export { Control } from "./control/control.ts";
export { Limiter } from "./control/limiter.ts";
export { Monitor } from "./control/monitor.ts";
export { Places } from "./control/places.ts";
export { Room } from "./control/room.ts";

export default {
  fetch: (request, env, ctx) => serve(request, env, ctx),
} satisfies ExportedHandler<Env>;
