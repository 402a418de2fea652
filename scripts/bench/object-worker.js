/** A peer: pass-through that asks one Durable Object for each request. JavaScript: the scripts know no Workers types. */
import { DurableObject } from "cloudflare:workers";

export class Counter extends DurableObject {
  #count = 0;

  take() {
    this.#count += 1;
    return this.#count > 0;
  }
}

export default {
  async fetch(request, env) {
    const allowed = await env.COUNTER.getByName("one-user").take();
    if (!allowed) return new Response("too many requests", { status: 429 });
    return fetch(env.ORIGIN + request.url.slice(request.url.indexOf("/", 8)), request);
  },
};
