/** A peer: pass-through that asks `@upstash/ratelimit` for each request, as its documentation has it. */
import { Ratelimit } from "@upstash/ratelimit";
import { Redis } from "@upstash/redis/cloudflare";

interface PeerEnv {
  readonly ORIGIN: string;
  readonly REDIS_URL: string;
  readonly REDIS_TOKEN: string;
}

let ratelimit: Ratelimit | undefined;

export default {
  async fetch(request: Request, env: PeerEnv): Promise<Response> {
    ratelimit ??= new Ratelimit({
      // Automatic pipelining would share promises between requests, which workerd cancels as hung.
      redis: new Redis({ url: env.REDIS_URL, token: env.REDIS_TOKEN, enableAutoPipelining: false }),
      limiter: Ratelimit.tokenBucket(1_000_000, "1 s", 1_000_000),
    });
    const { success } = await ratelimit.limit("one-user");
    if (!success) return new Response("too many requests", { status: 429 });
    return fetch(env.ORIGIN + request.url.slice(request.url.indexOf("/", 8)), request);
  },
};
