import { answering, once } from "../../support/scripted-upstream.ts";
import type { UpstreamScript } from "../../support/scripted-upstream.ts";
import { ask, get, head, request, response } from "../case.ts";
import type { Case, Group } from "../case.ts";

const moved = (location: string, status = "302 Found"): string => response(status, "", `location: ${location}`, "x-up: 1");
const MIRRORED = { wide: "which of the two requests ends first is chance", log: "which of the two requests ends first is chance" };

/** The first request gets a redirect, the second 200, whether or not they share a connection. */
const redirecting = (location: string, status?: string): UpstreamScript => ({
  connections: [[{ await: "request" }, moved(location, status), { await: "request" }, response("200 OK", "there")], [{ await: "request" }, response("200 OK", "there")]],
});

/** Envoy begins a second connection before the first is free again, and then does not use it. */
const internal = (title: string, path: string, location: string, more: Partial<Case> = {}, status?: string): Case => ({ title, client: [get(path)], upstreams: { u: redirecting(location, status) }, uncounted: /upstream_cx_(total|http1_total)$/, ...more });

/** What the router does besides forwarding: internal redirects, mirrors, hashing cookies. */
export const forwarding: Group = {
  name: "forwarding",
  upstreams: ["b"],
  listeners: {
    main: `
route_config:
  virtual_hosts:
  - name: all
    domains: ["*"]
    routes:
    - { match: { path: /follow }, route: { cluster: u, internal_redirect_policy: {} } }
    - { match: { path: /follow2 }, route: { cluster: u, internal_redirect_policy: { max_internal_redirects: 2, redirect_response_codes: [301, 303, 307] } } }
    - { match: { path: /listed }, name: listed, route: { cluster: u, internal_redirect_policy: { max_internal_redirects: 5, predicates: [{ name: p, typed_config: { "@type": type.googleapis.com/envoy.extensions.internal_redirect.allow_listed_routes.v3.AllowListedRoutesConfig, allowed_route_names: [listed] } }] } } }
    - { match: { path: /circle }, name: circle, route: { cluster: u, internal_redirect_policy: { max_internal_redirects: 5, predicates: [{ name: p, typed_config: { "@type": type.googleapis.com/envoy.extensions.internal_redirect.previous_routes.v3.PreviousRoutesConfig } }] } } }
    - { match: { path: /cross }, route: { cluster: u, internal_redirect_policy: { allow_cross_scheme_redirect: true, response_headers_to_copy: [x-up] } } }
    - { match: { path: /direct }, direct_response: { status: 200, body: { inline_string: direct } } }
    - { match: { path: /mirror }, route: { cluster: u, request_mirror_policies: [{ cluster: b }] } }
    - { match: { path: /mirrorrewritten }, route: { cluster: u, prefix_rewrite: /new, host_rewrite_literal: new.host, request_mirror_policies: [{ cluster: b, disable_shadow_host_suffix_append: true }] } }
    - { match: { path: /mirrorchanged }, route: { cluster: u, request_mirror_policies: [{ cluster: b, request_headers_mutations: [{ append: { header: { key: x-m, value: "%REQ(x-a)% to %REQ(:authority)%" } } }, { remove: x-a }] }] } }
    - { match: { path: /mirrornever }, route: { cluster: u, request_mirror_policies: [{ cluster: b, runtime_fraction: { default_value: { numerator: 0 } } }] } }
    - { match: { path: /cookie }, route: { cluster: ring, hash_policy: [{ cookie: { name: c, path: /p } }] } }
    - { match: { path: /ttl }, route: { cluster: ring, hash_policy: [{ cookie: { name: c, ttl: 0s } }] } }
    - { match: { prefix: / }, route: { cluster: u } }`,
  },
  clusters: {
    ring: "lb_policy: RING_HASH\nload_assignment: { cluster_name: ring, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: <upstream:u> } } } }] }] }",
  },
  cases: [
    internal("an internal redirect is followed", "/follow", "http://other.test/new?x=1#frag", { logs: 2 }),
    internal("an internal redirect of another scheme goes to the client", "/follow", "https://other.test/new"),
    internal("an internal redirect with a relative location goes to the client", "/follow", "/new"),
    internal("an internal redirect with a code that is not listed goes to the client", "/follow", "http://other.test/new", {}, "301 Moved"),
    internal("an internal redirect to a direct response is followed", "/follow", "http://other.test/direct", { logs: 2 }),
    internal("an internal redirect across schemes, with a copied header", "/cross", "https://other.test/new", { logs: 2 }),
    internal("an internal redirect of a POST by 303 becomes a GET", "/follow2", "http://other.test/new", { client: [request("POST", "/follow2", "content-length: 2") + "ab"], logs: 2 }, "303 See Other"),
    internal("an internal redirect of a POST by 307 keeps method and body", "/follow2", "http://other.test/new", { client: [request("POST", "/follow2", "content-length: 2") + "ab"], logs: 2 }, "307 X"),
    internal("an internal redirect of a POST to a direct response", "/follow2", "http://other.test/direct", { client: [request("POST", "/follow2", "content-length: 2") + "ab"], logs: 2 }, "307 X"),
    internal("an internal redirect to a route that is not listed goes to the client", "/listed", "http://other.test/new"),
    { title: "an internal redirect in a circle ends", client: [get("/circle")], upstreams: { u: answering(moved("http://other.test/circle")) }, logs: 2, uncounted: /upstream_cx_(total|http1_total)$/ },
    { title: "internal redirects run out", client: [get("/follow")], upstreams: { u: answering(moved("http://other.test/follow")) }, logs: 2, uncounted: /upstream_cx_(total|http1_total)$/ },
    { title: "a 302 without a policy goes to the client", client: [get("/")], upstreams: { u: answering(moved("http://other.test/")) } },
    { title: "a mirrored request", client: [request("POST", "/mirror?q", "content-length: 2", "x-a: 1") + "ab", { responses: 1 }, { wait: 50 }], varies: MIRRORED },
    { title: "a mirrored request is the rewritten one", client: [get("/mirrorrewritten"), { responses: 1 }, { wait: 50 }], varies: MIRRORED },
    { title: "a mirror's own header mutations", client: [get("/mirrorchanged", "x-a: 1"), { responses: 1 }, { wait: 50 }], varies: MIRRORED },
    { title: "a mirror's answer does not matter", client: [get("/mirror"), { responses: 1 }, { wait: 50 }], upstreams: { b: once({ await: "request" }, { act: "reset" }) }, varies: MIRRORED },
    { title: "a mirror with a fraction of zero", client: [get("/mirrornever"), { responses: 1 }, { wait: 50 }] },
    { title: "a hash cookie that is there, and one without ttl that is not", ...ask(get("/cookie", "cookie: c=1"), get("/cookie"), get("/ttl", "cookie: c=1")) },
    { title: "informational and final heads in one write", client: [get("/")], upstreams: { u: once({ await: "request" }, head("HTTP/1.1 103 Early Hints", "link: </a>") + head("HTTP/1.1 200 OK", "content-length: 1") + "x") } },
  ],
};
