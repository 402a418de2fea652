/** The same fields to the origin and to the client, and the same patience, as the edge; nothing is decided. */
const ORIGIN = "http://127.0.0.1:ORIGIN_PORT";
const PATIENCE_MS = 10_000;

export default {
  async fetch(request) {
    const { url } = request;
    const start = url.indexOf("/", 8);
    const fields = {};
    request.headers.forEach((value, name) => {
      if (name !== "host") fields[name] = value;
    });
    const host = url.slice(7, start);
    const address = fields["cf-connecting-ip"];
    fields.via = "1.1 edge";
    fields["cdn-loop"] = "edge";
    fields.forwarded = `for=${address};host="${host}";proto=http`;
    fields["x-forwarded-for"] = address;
    fields["x-forwarded-host"] = host;
    fields["x-forwarded-proto"] = "http";
    const timer = setTimeout(() => {}, PATIENCE_MS);
    const init = { method: request.method, headers: fields, redirect: "manual" };
    const response = await fetch(ORIGIN + url.slice(start), init);
    clearTimeout(timer);
    const answer = new Response(response.body, response);
    const { headers } = answer;
    const behind = [];
    headers.forEach((_, name) => {
      if (name === "keep-alive" || name === "connection") behind.push(name);
    });
    for (const name of behind) headers.delete(name);
    headers.set("via", "1.1 edge");
    headers.set("server-timing", "edge;dur=0, origin;dur=1");
    headers.set("ratelimit", '"per-user";r=1000000;t=0');
    headers.set("ratelimit-policy", '"per-user";q=1000000;w=1');
    return answer;
  },
};
