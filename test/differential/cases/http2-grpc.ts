import * as F from "../../../src/codec/http2-frames.ts";
import { once } from "../../support/scripted-upstream.ts";
import { response, type Case, type Group } from "../case.ts";
import { ack, begin, data, hello, last, reset, settings, target, whole } from "../http2-text.ts";

const HI = hello() + ack;
const READY = { text: "\x04\x01\0\0\0\0" };
const SERVER = settings() + ack;
const OK = [":status", "200"] as const;
const GRPC = ["content-type", "application/grpc"] as const;
const MESSAGE = "\0\0\0\0\x02hi";

/** A unary call. */
function call(path: string, ...more: (readonly [string, string])[]): string {
  return begin(1, ...target("POST", path), GRPC, ["te", "trailers"], ...more) + last(1, MESSAGE);
}

function asked(title: string, path: string, more: Omit<Case, "title" | "client"> = {}, ...fields: (readonly [string, string])[]): Case {
  return { title, client: [HI, READY, call(path, ...fields), { responses: 1 }, { wait: 60 }], ...more };
}

const H2 = `
typed_extension_protocol_options:
  envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
    "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
    explicit_http_config: { http2_protocol_options: {} }`;

/** gRPC through the proxy: what is passed on, and what is answered here. */
export const http2Grpc: Group = {
  name: "http2 grpc",
  listeners: {
    main: `
route_config:
  virtual_hosts:
  - name: all
    domains: ["*"]
    routes:
    - { match: { prefix: /direct }, direct_response: { status: 418, body: { inline_string: "a body % ü" } } }
    - { match: { prefix: /redirect }, redirect: { path_redirect: /x } }
    - { match: { prefix: /refused }, route: { cluster: none } }
    - { match: { prefix: /empty }, route: { cluster: empty } }
    - { match: { prefix: /slow }, route: { cluster: u, timeout: 0.2s } }
    - { match: { prefix: /h1 }, route: { cluster: h1 } }
    - { match: { prefix: /only, grpc: {} }, route: { cluster: u } }
    - { match: { prefix: /up }, route: { cluster: u } }`,
    stream: "common_http_protocol_options: { max_stream_duration: 0.2s }",
    idle: "stream_idle_timeout: 0.2s",
  },
  clusters: {
    u: H2, h1: "", none: `${H2}\nload_assignment: { cluster_name: none, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: <refused> } } } }] }] }`,
    empty: `${H2}\nload_assignment: { cluster_name: empty }`,
  },
  cases: [
    asked("no route", "/nowhere"),
    asked("a direct response", "/direct"),
    asked("a redirect", "/redirect"),
    asked("the upstream refuses the connection", "/refused"),
    asked("a cluster without hosts", "/empty"),
    asked("a timeout", "/slow", { upstreams: { u: once(SERVER, { await: "request" }) } }),
    asked("max_stream_duration", "/x", { to: "stream", upstreams: { u: once(SERVER, { await: "request" }) } }),
    asked("stream_idle_timeout", "/x", { to: "idle", upstreams: { u: once(SERVER, { await: "request" }) } }),
    asked("the upstream resets", "/up", { upstreams: { u: once(SERVER, { await: "request" }, reset(1, F.INTERNAL_ERROR)) } }),
    asked("the upstream closes", "/up", { upstreams: { u: once(SERVER, { await: "request" }, { act: "end" }) } }),
    asked("the upstream breaks off in its answer", "/up", { upstreams: { u: once(SERVER, { await: "request" }, begin(1, OK, GRPC) + data(1, MESSAGE), { wait: 30 }, reset(1, F.INTERNAL_ERROR)) } }),
    asked("an answer that is not gRPC's, from HTTP/1", "/h1", { upstreams: { u: once({ await: "request" }, response("503 Service Unavailable", "busy")) } }),
    asked("a unary answer", "/up", { upstreams: { u: once(SERVER, { await: "request" }, begin(1, OK, GRPC) + data(1, MESSAGE) + whole(1, ["grpc-status", "0"], ["grpc-message", "fine"])) } }),
    asked("trailers only", "/up", { upstreams: { u: once(SERVER, { await: "request" }, whole(1, OK, GRPC, ["grpc-status", "14"], ["grpc-message", "later"])) } }),
    asked("a bad status in trailers counts against the host", "/up", { counters: [/rq_error/], upstreams: { u: once(SERVER, { await: "request" }, begin(1, OK, GRPC) + data(1, MESSAGE) + whole(1, ["grpc-status", "13"])) } }),
    asked("a route for gRPC alone", "/only", { upstreams: { u: once(SERVER, { await: "request" }, whole(1, OK, GRPC, ["grpc-status", "0"])) } }),
    { title: "a route for gRPC alone, and a request that is not", client: [HI, READY, begin(1, ...target("POST", "/only")) + last(1, "x"), { responses: 1 }] },
    asked("application/grpc+proto", "/nowhere", {}, ["x", "y"]),
    { title: "application/grpc-web is not gRPC", client: [HI, READY, begin(1, ...target("POST", "/nowhere"), ["content-type", "application/grpc-web"]) + last(1, "x"), { responses: 1 }] },
    { title: "messages both ways, one after the other", client: [HI, READY, begin(1, ...target("POST", "/up"), GRPC, ["te", "trailers"]) + data(1, MESSAGE), { text: "yo" }, data(1, MESSAGE), { wait: 40 }, last(1, ""), { responses: 1 }], upstreams: { u: once(SERVER, { await: "head" }, begin(1, OK, GRPC), { wait: 30 }, data(1, "\0\0\0\0\x02yo"), { await: "request" }, whole(1, ["grpc-status", "0"])) } },
  ],
};
