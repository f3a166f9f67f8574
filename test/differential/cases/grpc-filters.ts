import { once } from "../../support/scripted-upstream.ts";
import { request, response, type Case, type Group } from "../case.ts";
import { chain, filter } from "../filter-config.ts";
import { ack, begin, data, hello, last, settings, target, whole } from "../http2-text.ts";

const SERVER = settings() + ack;
const OK = [":status", "200"] as const;
const GRPC = ["content-type", "application/grpc"] as const;
const STATUS = [["grpc-status", "0"], ["grpc-message", "fine"]] as const;
/** A frame of two bytes. */
const MESSAGE = "\0\0\0\0\x02hi";
const H2 = `
typed_extension_protocol_options:
  envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
    "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
    explicit_http_config: { http2_protocol_options: {} }`;
const TABLE = `
route_config:
  virtual_hosts:
  - name: all
    domains: ["*"]
    routes:
    - { match: { prefix: /direct }, direct_response: { status: 403, body: { inline_string: "no, ü" } } }
    - { match: { prefix: /h1 }, route: { cluster: h1 } }
    - { match: { prefix: /only, grpc: {} }, route: { cluster: u } }
    - { match: { prefix: /pkg }, route: { cluster: u } }
    - { match: { prefix: /up }, route: { cluster: u } }`;

const stats = (fields: string): string => chain(filter("stats", "grpc_stats.v3.FilterConfig", fields)) + TABLE;
const bridge = (fields: string): string => chain(filter("bridge", "grpc_http1_bridge.v3.Config", fields)) + TABLE;
const post = (path: string, body: string, ...headers: string[]): string => request("POST", path, ...headers, `content-length: ${body.length}`) + body;
const base64 = (...pieces: string[]): string => pieces.map((piece) => Buffer.from(piece, "latin1").toString("base64")).join("");
const web = (path: string, ...headers: string[]): string => post(path, MESSAGE, "content-type: application/grpc-web+proto", ...headers);
const text = (path: string, body: string, ...headers: string[]): string => post(path, body, "content-type: application/grpc-web-text", "accept: application/grpc-web-text", ...headers);
const answer = (...rest: string[]): Case["upstreams"] => ({ u: once(SERVER, { await: "request" }, rest.join("")) });
const UNARY = answer(begin(1, OK, GRPC), data(1, MESSAGE), whole(1, ...STATUS));
/** Of a body that is refused at its last byte. */
const APART = { differs: { counters: "Envoy's HTTP/1 codec tells the end of a body after its last bytes: an answer in between counts as downstream_rq_rx_reset" } };
const counted = { counters: [/\.grpc(-web)?\./] };

function over1(to: string, title: string, bytes: string, more: Omit<Case, "title" | "client"> = {}): Case {
  return { title, to, client: [bytes, { responses: 1 }], ...counted, ...more };
}

/** A call over HTTP/2: the body in these pieces. */
function over2(to: string, title: string, path: string, pieces: readonly string[], more: Omit<Case, "title" | "client"> = {}, ...fields: (readonly [string, string])[]): Case {
  const head = begin(1, ...target("POST", path), ...(fields.length === 0 ? [GRPC] : fields), ["te", "trailers"]);
  return { title, to, client: [hello() + ack, { text: "\x04\x01\0\0\0\0" }, head + pieces.map((piece) => data(1, piece)).join("") + last(1, ""), { responses: 1 }, { wait: 60 }], ...counted, ...more };
}

/** Filters for gRPC: what browsers and HTTP/1 clients speak, and what is counted. */
export const grpcFilters: Group = {
  name: "grpc filters",
  listeners: {
    main: chain(filter("web", "grpc_web.v3.GrpcWeb", "")) + TABLE,
    bridge: bridge(""), upgrading: bridge("upgrade_protobuf_to_grpc: true, ignore_query_parameters: true"),
    stats: stats(""), all: stats("stats_for_all_methods: true, enable_upstream_stats: true"), dotless: stats("stats_for_all_methods: true, replace_dots_in_grpc_service_name: true"),
    listed: stats(`individual_method_stats_allowlist: { services: [{ name: pkg.Svc, method_names: [One, Two] }] }`),
  },
  clusters: { u: H2, h1: "" },
  cases: [
    over1("main", "grpc_web, a unary call", web("/pkg.Svc/One"), { upstreams: UNARY }),
    over1("main", "grpc_web, application/grpc-web, with accept", post("/pkg.Svc/One?x=1", MESSAGE, "content-type: application/grpc-web", "accept: application/grpc-web-text", "grpc-accept-encoding: gzip", "te: x"), { upstreams: UNARY }),
    over1("main", "grpc_web as text", text("/pkg.Svc/One", base64(MESSAGE)), { upstreams: UNARY }),
    over1("main", "grpc_web as text, several groups of base64 and frames", text("/pkg.Svc/One", base64(`${MESSAGE}${MESSAGE}x`.slice(0, 6)) + base64("more")), { upstreams: answer(begin(1, OK, GRPC), data(1, `${MESSAGE}${MESSAGE}`), data(1, "\0\0\0"), data(1, "\0\0"), whole(1, ...STATUS)) }),
    over1("main", "grpc_web as text, a body of the wrong length", text("/pkg.Svc/One", "AAAAA"), { upstreams: {} }),
    over1("main", "grpc_web as text, not base64", text("/pkg.Svc/One", "A$AAAAAA"), { upstreams: {}, ...APART }),
    over1("main", "grpc_web as text, bits behind the end", text("/pkg.Svc/One", "AAB="), { upstreams: {}, ...APART }),
    over1("main", "grpc_web as text, no body", text("/pkg.Svc/One", ""), { upstreams: UNARY }),
    over1("main", "grpc_web, trailers only", web("/pkg.Svc/One"), { upstreams: answer(whole(1, OK, GRPC, ["grpc-status", "5"], ["grpc-message", "gone"])) }),
    over1("main", "grpc_web, empty trailers' values and many of them", web("/pkg.Svc/One"), { upstreams: answer(begin(1, OK, GRPC), whole(1, ["grpc-status", "13"], ["x-a", ""], ["x-b", "1"], ["x-b", "2"])) }),
    over1("main", "grpc_web, no trailers", web("/pkg.Svc/One"), { upstreams: answer(begin(1, OK, GRPC), last(1, MESSAGE)) }),
    over1("main", "grpc_web, a status nobody knows, and no method in the path", web("/up"), { upstreams: answer(begin(1, OK, GRPC), data(1, MESSAGE), whole(1, ["grpc-status", "77"])) }),
    over1("main", "grpc_web, an answer that is not gRPC's", web("/h1/x"), { upstreams: { u: once({ await: "request" }, response("503 Service Unavailable", "busy % ~ \xfc")) } }),
    over1("main", "grpc_web, an answer that is not gRPC's, in pieces", text("/pkg.Svc/One", base64(MESSAGE)), { upstreams: { u: once(SERVER, { await: "request" }, begin(1, [":status", "404"]) + data(1, "not "), { wait: 40 }, data(1, "here"), { wait: 40 }, last(1, "")) } }),
    over1("main", "grpc_web, an answer that is not gRPC's, with trailers", web("/pkg.Svc/One"), { upstreams: answer(begin(1, OK, ["content-type", "text/html"]), data(1, "<html>"), whole(1, ...STATUS)) }),
    over1("main", "grpc_web, an answer in gRPC-Web", web("/pkg.Svc/One"), { upstreams: answer(begin(1, OK, ["content-type", "Application/grpc-web+proto ; x=y"]), data(1, MESSAGE), whole(1, ...STATUS)) }),
    over1("main", "grpc_web, a direct response", web("/direct"), { upstreams: {} }),
    over1("main", "grpc_web, no route", web("/nowhere/x"), { upstreams: {} }),
    over1("main", "grpc_web, a route for gRPC alone", web("/only/x"), { upstreams: {} }),
    over1("main", "grpc_web, a request of another kind", post("/h1", "{}", "content-type: application/json"), { upstreams: { u: once({ await: "request" }, response("200 OK", "{}")) } }),
    over2("main", "grpc_web over HTTP/2", "/pkg.Svc/One", [MESSAGE], { upstreams: UNARY }, ["content-type", "application/grpc-web"]),
    over2("main", "grpc_web as text over HTTP/2", "/pkg.Svc/One", [base64(MESSAGE).slice(0, 5), base64(MESSAGE).slice(5)], { upstreams: UNARY }, ["content-type", "application/grpc-web-text+proto"], ["accept", "application/grpc-web-text+proto"]),
    over1("bridge", "grpc_http1_bridge, a unary call", post("/pkg.Svc/One?q=1", MESSAGE, "content-type: application/grpc"), { upstreams: UNARY }),
    over1("bridge", "grpc_http1_bridge, a bad status", post("/pkg.Svc/One", MESSAGE, "content-type: application/grpc+proto"), { upstreams: answer(begin(1, OK, GRPC), whole(1, ["grpc-status", "7"], ["grpc-message", "no"])) }),
    over1("bridge", "grpc_http1_bridge, trailers only", post("/pkg.Svc/One", MESSAGE, "content-type: application/grpc"), { upstreams: answer(whole(1, OK, GRPC, ["grpc-status", "5"])) }),
    over1("bridge", "grpc_http1_bridge, no trailers", post("/pkg.Svc/One", MESSAGE, "content-type: application/grpc"), { upstreams: answer(begin(1, OK, GRPC), data(1, MESSAGE), last(1, "x")) }),
    over1("bridge", "grpc_http1_bridge, protobuf that is not upgraded", post("/pkg.Svc/One", "hi", "content-type: application/x-protobuf"), { upstreams: UNARY }),
    over1("upgrading", "grpc_http1_bridge, protobuf that is upgraded", post("/pkg.Svc/One?q=1", "hi there", "content-type: application/x-protobuf"), { upstreams: answer(begin(1, OK, GRPC), data(1, MESSAGE), data(1, "more"), whole(1, ...STATUS)) }),
    over1("upgrading", "grpc_http1_bridge, the upgraded request has another route", post("/only/x", "hi", "content-type: application/x-protobuf"), { upstreams: UNARY }),
    over1("upgrading", "grpc_http1_bridge, upgraded without a body", post("/pkg.Svc/One", "", "content-type: application/x-protobuf"), { upstreams: answer(begin(1, OK, GRPC), whole(1, ["grpc-status", "x"])) }),
    { title: "grpc_http1_bridge, an upgraded body in pieces", to: "upgrading", ...counted, client: [request("POST", "/pkg.Svc/One", "content-type: application/x-protobuf", "transfer-encoding: chunked"), "2\r\nhi\r\n", { wait: 30 }, "3\r\nyou\r\n", { wait: 30 }, "0\r\n\r\n", { responses: 1 }], upstreams: UNARY },
    over1("upgrading", "grpc_http1_bridge, a local reply", post("/direct", "hi", "content-type: application/x-protobuf"), { upstreams: {} }),
    over2("upgrading", "grpc_http1_bridge over HTTP/2", "/pkg.Svc/One?q=1", ["hi"], { upstreams: UNARY }, ["content-type", "application/x-protobuf"]),
    over2("stats", "grpc_stats, together", "/pkg.Svc/One", [MESSAGE, MESSAGE], { upstreams: UNARY }),
    over2("all", "grpc_stats, each method", "/pkg.Svc/One?x", [MESSAGE.slice(0, 3), MESSAGE.slice(3)], { upstreams: answer(begin(1, OK, GRPC), data(1, MESSAGE + MESSAGE), data(1, `${MESSAGE.slice(0, 6)}`), data(1, "h"), whole(1, ["grpc-status", "14"])) }),
    over2("dotless", "grpc_stats, no dots in names", "/pkg.sub.Svc/One", [MESSAGE], { upstreams: UNARY }),
    over2("listed", "grpc_stats, a listed method", "/pkg.Svc/Two", [MESSAGE], { upstreams: UNARY }),
    over2("listed", "grpc_stats, a method that is not listed", "/pkg.Svc/Three", [MESSAGE], { upstreams: answer(whole(1, OK, GRPC, ["grpc-status", "99"])) }),
    over2("all", "grpc_stats, no method in the path", "/up", [MESSAGE], { upstreams: UNARY }),
    over2("all", "grpc_stats, a local reply", "/direct/x", [MESSAGE], { upstreams: {} }),
    over2("all", "grpc_stats, of Connect's unary calls", "/pkg.Svc/One", ["hi"], { upstreams: answer(begin(1, OK), last(1, "yo")) }, ["content-type", "application/proto"], ["connect-protocol-version", "1"]),
    over2("all", "grpc_stats, of Connect's unary calls that fail", "/pkg.Svc/One", ["hi"], { upstreams: answer(begin(1, [":status", "404"]), last(1, "{}")) }, ["content-type", "application/proto"], ["connect-protocol-version", "1"]),
    over2("all", "grpc_stats, of Connect's streams", "/pkg.Svc/One", [MESSAGE], { upstreams: answer(begin(1, OK, ["content-type", "application/connect+proto"]), data(1, MESSAGE), last(1, "\x02\0\0\0\x02{}")) }, ["content-type", "application/connect+proto"]),
    over2("all", "grpc_stats, of Connect's streams that fail", "/pkg.Svc/One", [MESSAGE], { upstreams: answer(begin(1, OK, ["content-type", "application/connect+proto"]), data(1, MESSAGE), last(1, `\x02\0\0\0\x1c{"error":{"code":"unknown"}}`)) }, ["content-type", "application/connect+proto"]),
    over2("all", "grpc_stats, another request", "/pkg.Svc/One", [MESSAGE], { upstreams: UNARY }, ["content-type", "application/json"]),
  ],
};
