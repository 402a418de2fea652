/** A peer: Hono with its `proxy()` helper. */
import { Hono } from "hono";
import { proxy } from "hono/proxy";

interface PeerEnv {
  readonly ORIGIN: string;
}

const app = new Hono<{ Bindings: PeerEnv }>();
app.all("*", (context) => {
  const { url } = context.req;
  return proxy(context.env.ORIGIN + url.slice(url.indexOf("/", 8)), context.req);
});

export default app;
