/** A peer: npm `reflare`, weighted random over two origins, as its documentation has it. JavaScript: see object-worker.js. */
import useReflare from "reflare";

export default {
  async fetch(request, env) {
    const reflare = await useReflare();
    const upstream = env.PORTS.split(",").map((port) => ({
      domain: "127.0.0.1",
      protocol: "http",
      port: Number(port),
      weight: 50,
    }));
    reflare.push({ path: "/*", upstream, loadBalancing: { policy: "random" } });
    return reflare.handle(request);
  },
};
