import { expect, test } from "vitest";
import { placeOf } from "../../src/forward/internal-redirect.ts";
import { nameId } from "../../src/http/names.ts";
import { ForwardStage, type PlayedHandle } from "../support/forwarding.ts";

const redirecting = (policy = ""): ForwardStage => new ForwardStage(`name: here\nroute: { cluster: u, internal_redirect_policy: { ${policy} } }`);
const moved = (location: string): readonly (readonly [string, string])[] => [["location", location], ["x-up", "1"], ["x-up", "2"]];
const request = ({ requestHeaders: h }: PlayedHandle): string => `${h.method} ${h.scheme}://${h.authority}${h.path}`;

test.each<[string, string | null]>([
  ["http://a.test/b?c=d#e", "http a.test /b?c=d"],
  ["https://a.test:8443", "https a.test:8443 /"],
  ["HTTP://user:word@[::1]:80/x", "HTTP [::1]:80 /x"],
  ["http://a.test?x", "http a.test ?x"],
  ["http://a.test#top", "http a.test "],
  ["/relative", null],
  ["http://a.test:99999/", null],
  ["http:///path", null],
  ["http://a.test/with space", null],
  ["", null],
])("location %s is %s", (url, expected) => {
  const place = placeOf(url);
  expect(place && `${place.scheme} ${place.authority} ${place.path}`).toBe(expected);
});

test("a redirect is followed here: the request takes the new place and tells the old one", () => {
  const stage = redirecting();
  const { handle } = stage.get();
  stage.cluster.stream.respond(302, moved("http://b.test/there?x"));
  expect([request(handle), handle.again?.body, handle.heard]).toEqual(["GET http://b.test/there?x", "", []]);
  expect(handle.requestHeaders.get(nameId("x-envoy-original-url"))).toBe("http://a.test/");
  expect(stage.count("upstream_internal_redirect_succeeded_total")).toBe(1);
});

test("what stands in the way is counted, and the client gets the redirect with the request as it was", () => {
  const passed = (location: string | null, policy = "", status = 302, before?: (handle: PlayedHandle) => void): string => {
    const stage = redirecting(policy);
    const { handle } = stage.get();
    before?.(handle);
    stage.cluster.stream.respond(status, location === null ? [] : moved(location));
    expect([handle.again, handle.heard, request(handle).replace("http,http", "http")]).toEqual([null, [`${status} end`], "GET http://a.test/"]);
    const names = ["bad_location", "no_route", "predicate", "too_many_redirects", "unsafe_scheme"];
    const why = names.filter((name) => stage.stats.value(`http.test.passthrough_internal_redirect_${name}`) > 0);
    return [...why, `failed ${stage.count("upstream_internal_redirect_failed_total")}`].join(" ");
  };
  expect(passed("/relative")).toBe("bad_location failed 1");
  expect(passed(null)).toBe("failed 1");
  expect(passed("https://b.test/there")).toBe("unsafe_scheme failed 1");
  expect(passed("http://b.test/there", "max_internal_redirects: 0")).toBe("too_many_redirects failed 1");
  expect(passed("http://b.test/there", "", 302, (handle) => { handle.info.filterState = new Map([["num_internal_redirects", 1]]); })).toBe("too_many_redirects failed 1");
  expect(passed("http://b.test/there", "", 301)).toBe("failed 0");
  const only = "predicates: [{ name: p, typed_config: { \"@type\": type.googleapis.com/envoy.extensions.internal_redirect.allow_listed_routes.v3.AllowListedRoutesConfig, allowed_route_names: [other] } }]";
  expect(passed("http://b.test/there", only)).toBe("predicate failed 1");
});

test("a redirect of a request that is still coming is not followed", () => {
  const stage = redirecting();
  const { handle, data } = stage.post();
  data("a", false);
  stage.cluster.stream.respond(302, moved("http://b.test/there"));
  expect([handle.again, handle.heard]).toEqual([null, ["302 end"]]);
});

test("a body goes along; one that became too large to be kept stops the redirect", () => {
  const stage = redirecting("redirect_response_codes: [307]");
  const { handle, data } = stage.post();
  data("ab", false);
  data("cd", true);
  stage.cluster.stream.respond(307, moved("http://b.test/there"));
  expect([handle.again?.body, request(handle)]).toEqual(["abcd", "POST http://b.test/there"]);
  const small = new ForwardStage("request_body_buffer_limit: 3\nroute: { cluster: u, internal_redirect_policy: {} }");
  const large = small.post();
  large.data("abcd", true);
  small.cluster.stream.respond(302, moved("http://b.test/there"));
  expect(large.handle.heard).toEqual(["302 end"]);
});

test("303 makes it a GET without a body", () => {
  const stage = redirecting("redirect_response_codes: [303]");
  const { handle, data } = stage.post(["content-length", "2"]);
  data("ab", true);
  stage.cluster.stream.respond(303, moved("http://b.test/there"));
  expect([request(handle), handle.again?.body, handle.requestHeaders.has(nameId("content-length"))]).toEqual(["GET http://b.test/there", "", false]);
});

test("response_headers_to_copy replace the request's own; a header the response lacks is removed", () => {
  const stage = redirecting("response_headers_to_copy: [x-up, x-gone], allow_cross_scheme_redirect: true");
  const { handle } = stage.get(["x-up", "mine"], ["x-gone", "mine"]);
  stage.cluster.stream.respond(302, moved("https://b.test/there"));
  expect([handle.requestHeaders.getAll(nameId("x-up")), handle.requestHeaders.get(nameId("x-gone")), request(handle)]).toEqual([["1", "2"], null, "GET https://b.test/there"]);
});
