import { once } from "../../support/scripted-upstream.ts";
import { ask, get, head, request } from "../case.ts";
import type { Group } from "../case.ts";

/** A listener whose direct responses are mapped where `filter` (YAML) agrees. */
const mapped = (filter: string): string => `
local_reply_config: { mappers: [{ filter: ${filter}, headers_to_add: [{ header: { key: x-mapped, value: "yes" } }] }] }
route_config:
  virtual_hosts:
  - name: all
    domains: ["*"]
    routes:
    - { match: { path: /200 }, direct_response: { status: 200, body: { inline_string: two } } }
    - { match: { path: /404 }, direct_response: { status: 404 } }
    - { match: { path: /503 }, direct_response: { status: 503, body: { inline_string: five } } }
    - { match: { path: /slow }, route: { cluster: u, timeout: 0.2s } }
    - { match: { path: /refused }, route: { cluster: closed } }`;
const code = (op: string, value: number): string => `{ status_code_filter: { comparison: { op: ${op}, value: { default_value: ${value}, runtime_key: k } } } }`;
const config = (text: string): string => `
local_reply_config: ${text}
route_config:
  virtual_hosts:
  - name: all
    domains: ["*"]
    response_headers_to_add: [{ header: { key: x-route, value: "%RESPONSE_CODE% %RESPONSE_FLAGS%" } }]
    routes:
    - { match: { path: /200 }, direct_response: { status: 200, body: { inline_string: two } } }
    - { match: { path: /204 }, direct_response: { status: 204 } }
    - { match: { path: /empty }, direct_response: { status: 404 } }
    - { match: { path: /redirect }, redirect: { path_redirect: /to } }
    - { match: { path: /own }, direct_response: { status: 200, body: { inline_string: two }, body_format: { text_format_source: { inline_string: "own %LOCAL_REPLY_BODY%" }, content_type: text/own } } }
    - { match: { path: /refused }, route: { cluster: closed } }`;

const GRPC = ["content-type: application/grpc"];
const silent = once({ await: "request" }, { await: "close" });

/** `local_reply_config`, and through its mappers every filter of access logs. */
export const replies: Group = {
  name: "replies",
  listeners: {
    main: mapped(code("GE", 500)),
    le: mapped(code("LE", 404)),
    eq: mapped(code("EQ", 404)),
    ne: mapped(code("NE", 404)),
    duration: mapped("{ duration_filter: { comparison: { op: GE, value: { default_value: 150, runtime_key: k } } } }"),
    health: mapped("{ not_health_check_filter: {} }"),
    trace: mapped("{ traceable_filter: {} }"),
    and: mapped(`{ and_filter: { filters: [${code("GE", 400)}, ${code("LE", 404)}] } }`),
    or: mapped(`{ or_filter: { filters: [${code("EQ", 200)}, ${code("EQ", 503)}] } }`),
    header: mapped("{ header_filter: { header: { name: x-pick, string_match: { prefix: a } } } }"),
    nothing: mapped("{ header_filter: { header: { name: x-pick, present_match: false } } }"),
    flag: mapped("{ response_flag_filter: {} }"),
    flags: mapped("{ response_flag_filter: { flags: [UT, UH] } }"),
    grpc: mapped("{ grpc_status_filter: { statuses: [UNAVAILABLE, UNIMPLEMENTED] } }"),
    nogrpc: mapped("{ grpc_status_filter: { statuses: [UNAVAILABLE], exclude: true } }"),
    metadata: mapped("{ metadata_filter: { matcher: { filter: a, path: [{ key: b }], value: { bool_match: true } } } }"),
    nometadata: mapped("{ metadata_filter: { matcher: { filter: a, path: [{ key: b }], value: { bool_match: true } }, match_if_key_not_found: false } }"),
    always: mapped("{ runtime_filter: { runtime_key: k, percent_sampled: { numerator: 100 } } }"),
    never: mapped("{ runtime_filter: { runtime_key: k, percent_sampled: { numerator: 0 } } }"),
    half: mapped("{ runtime_filter: { runtime_key: k, percent_sampled: { numerator: 5000, denominator: TEN_THOUSAND } } }"),
    format: config(`{ body_format: { text_format: "%RESPONSE_CODE%:%LOCAL_REPLY_BODY%:%REQ(:path)%:%RESP(x-route)%" } }`),
    json: config(`{ body_format: { json_format: { code: "%RESPONSE_CODE%", body: "%LOCAL_REPLY_BODY%", flags: "%RESPONSE_FLAGS%" } } }`),
    typed: config(`{ body_format: { json_format: { a: "%RESPONSE_CODE%" }, content_type: application/problem+json } }`),
    custom: config(`{ mappers: [{ filter: ${code("GE", 0)}, headers_to_add: [{ header: { key: content-type, value: text/custom }, append_action: OVERWRITE_IF_EXISTS_OR_ADD }], body: { inline_string: "new" } }] }`),
    status: config(`{ mappers: [{ filter: ${code("EQ", 503)}, status_code: 299 }, { filter: ${code("GE", 200)}, status_code: 418, body: { inline_bytes: aGk= } }], body_format: { text_format: "%RESPONSE_CODE% %LOCAL_REPLY_BODY%\\n" } }`),
    emptied: config(`{ mappers: [{ filter: ${code("GE", 0)}, body: { inline_string: "" } }] }`),
    override: config(`{ mappers: [{ filter: ${code("EQ", 404)}, body_format_override: { text_format: "missing %REQ(:path)%" } }], body_format: { text_format: "other" } }`),
  },
  clusters: { closed: `load_assignment: { cluster_name: closed, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: <refused> } } } }] }] }` },
  cases: [
    ...["main", "le", "eq", "ne", "health", "trace", "and", "or", "flag", "flags", "grpc", "nogrpc", "metadata", "nometadata", "always", "never"].map((to) => (
      { title: `a reply is mapped where the filter of "${to}" agrees`, to, ...ask(get("/200"), get("/404"), get("/503"), get("/refused"), get("/nowhere")) })),
    { title: "a reply is mapped by its duration", to: "duration", ...ask(get("/404"), get("/slow")), upstreams: { u: silent } },
    { title: "a reply is mapped by a header", to: "header", ...ask(get("/404", "x-pick: abc"), get("/404", "x-pick: b"), get("/404")) },
    { title: "a reply is mapped by a header that is not there", to: "nothing", ...ask(get("/404", "x-pick: abc"), get("/404")) },
    { title: "a reply is mapped by its request id", to: "half", ...ask(...["00000000", "00001387", "00001388", "0000270f", "00002710"].map((id) => get("/404", `x-request-id: ${id}-0000-4000-8000-000000000000`))) },
    { title: "a flag of a timeout", to: "flags", ...ask(get("/slow")), upstreams: { u: silent } },
    ...["format", "json", "typed", "custom", "status", "emptied", "override"].map((to) => (
      { title: `replies with local_reply_config "${to}"`, to, ...ask(get("/200"), get("/204"), get("/empty"), get("/redirect"), get("/own"), get("/refused"), get("/nowhere"), request("HEAD", "/200")) })),
    ...["format", "json", "status", "custom"].map((to) => (
      { title: `gRPC replies with local_reply_config "${to}"`, to, ...ask(get("/refused", ...GRPC), get("/empty", ...GRPC), get("/200", ...GRPC)) })),
    { title: "a codec error is formatted", to: "json", client: ["BAD\r\n\r\n"] },
    { title: "a codec error is mapped", to: "status", client: [head("GET / HTTP/1.1", "host: case.test", "x a: 1")] },
    { title: "a request without host is mapped", to: "status", client: [head("GET / HTTP/1.1", "x: y")] },
    { title: "a refused upgrade is formatted", to: "format", client: [request("GET", "/empty", "connection: upgrade", "upgrade: websocket")] },
  ],
};
