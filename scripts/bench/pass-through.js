/** The least a proxy on workerd can do: the peer that the edge's cost is measured against. */
const ORIGIN = "http://127.0.0.1:ORIGIN_PORT";

export default {
  fetch(request) {
    const start = request.url.indexOf("/", 8);
    return fetch(ORIGIN + request.url.slice(start), request);
  },
};
