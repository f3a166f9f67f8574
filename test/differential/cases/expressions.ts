import { ask, get } from "../case.ts";
import type { Case, Group } from "../case.ts";
import { table, to } from "../filter-config.ts";

/** By listener: expressions whose values the response's headers show. Those that Envoy finds invalid are in `filter-verdicts.test.ts`. */
const EXPRESSIONS: Readonly<Record<string, readonly string[]>> = {
  attributes: [
    "request.path", "request.url_path", "request.query", "request.host", "request.scheme", "request.method", "request.referer", "request.useragent", "request.protocol", "request.size",
    "request.total_size", "request.headers_bytes", "request.nope", "request.headers['x-a']", "request.headers['x-none']", "request.headers", "response.code", "response.code_details", "response.size", "response.flags",
    "response.grpc_status", "response.headers['x-up']", "connection.mtls", "connection.requested_server_name", "connection.tls_version", "connection.termination_details", "connection.transport_failure_reason",
    "connection.nope", "source.address == ''", "source.port > 0", "destination.port > 0", "upstream.request_attempt_count", "upstream.transport_failure_reason", "upstream.port > 0", "upstream.server_name", "xds.cluster_name",
    "xds.route_name", "xds.filter_chain_name", "nope", "nope.nope", "filter_state",
  ],
  numbers: [
    "1 + 2", "1u + 2u", "1 + 2u", "1 == 1u", "1 == 1.0", "1u == 1.0", "1 < 2u", "1 < 1.5", "5 / 2", "5.0 / 2.0", "5 % 3", "5u % 3u", "1u - 2u", "-5 / 2", "-5 % 3", "1 / 0", "1.0 / 0.0", "9223372036854775807 + 1", "-9223372036854775808",
    "0x10", "1e3", "1.5e10", "123456789.0", "0.00001", "1.0", "100000.0", "1000000.0", "int(1.9)", "int('12')", "int(-1.9)", "uint(5)", "uint(-1)", "uint('7')", "double(3)", "double('1.5')", "double(3u)", "int(3u)", "[1, 2][1]", "[1, 2][5]", "size([1, 2])",
  ],
  texts: [
    "size('abc')", "size('äöü')", "size(b'äöü')", "size(b'abc')", "b'abc'", "b'abc' == b'abc'", "bytes('abc') == b'abc'", "'a' < 'b'", "b'a' < b'b'", "true < false", "'abc'.startsWith('ab')", "'abc'.endsWith('bc')", "'abc'.contains('x')",
    "'abc'.matches('^a.c$')", "matches('abc', 'b')", "'a' in ['a', 'b']", "'a' in {'a': 1}", "{'a': 1}['a']", "{'a': 1}.a", "{'a': 1}.b", "'a' == 1", "'a' != 1", "true && false", "true || nope", "nope || true", "false && nope", "nope && false", "nope || false", "!true", "true ? 'y' : 'n'",
    "'\\u00e4'", "r'\\n'", "'a' == \"a\"", "null", "null == null", "[1, 'a'] == [1, 'a']", "{'a': 1} == {'a': 1}", "dyn(1)", "[]", "{}",
  ],
  times: [
    "duration('1h2m3.5s')", "duration('90s')", "duration('1500ms')", "duration('0')", "duration('-1.5h')", "duration('1us')", "duration('x')", "duration('1h') + duration('1m')", "duration('1h') > duration('59m')", "duration('1h') == duration('60m')",
    "duration('90m').getHours()", "duration('90m').getMinutes()", "duration('1.5s').getMilliseconds()", "duration('90s').getSeconds()", "timestamp('2020-02-29T12:34:56.789Z')", "timestamp('2020-02-29T12:34:56+01:00')", "timestamp('2020-02-30T12:34:56Z')", "timestamp('x')",
    "timestamp('2020-01-01T00:00:00Z') + duration('1h')", "timestamp('2020-01-01T01:00:00Z') - timestamp('2020-01-01T00:00:00Z')", "timestamp('2020-01-01T00:00:00Z') < timestamp('2020-01-02T00:00:00Z')", "int(timestamp('2020-01-01T00:00:00Z'))",
    ...["getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear", "getHours", "getMinutes", "getSeconds", "getMilliseconds"].map((getter) => `timestamp('2020-02-29T12:34:56.789Z').${getter}()`),
    "timestamp('2020-02-29T23:34:56Z').getHours('+02:00')", "timestamp('2020-02-29T23:34:56Z').getDate('02:00')", "timestamp('2020-02-29T23:34:56Z').getHours('UTC')", "request.time > timestamp('2020-01-01T00:00:00Z')", "request.duration > duration('0s')", "response.backend_latency >= duration('0s')",
  ],
  types: [
    "type(1)", "type(1) == int", "type(1u) == uint", "type(1.0) == double", "type('a') == string", "type(b'a') == bytes", "type(true) == bool", "type([]) == list", "type({}) == map", "type(null) == null_type", "type(int) == type", "type(connection.id) == uint", "type(request.size) == int",
    "type(response.flags) == int", "type(upstream.request_attempt_count) == uint", "type(request.headers) == map", "type(request.time)", "type(request.time) == int", "int", "type",
  ],
};

function listener(expressions: readonly string[]): string {
  return table([to("/")], expressions.map((expression) => `%CEL(${expression.replaceAll("'", "''")})%`));
}

/** Expressions of the Common Expression Language. */
export const expressions: Group = {
  name: "expressions",
  listeners: Object.fromEntries(Object.entries(EXPRESSIONS).map(([name, list]) => [name, listener(list)])),
  cases: Object.keys(EXPRESSIONS).map((name): Case => ({ title: `expressions: ${name}`, to: name, ...ask(get("/p/q?a=1", "x-a: 1", "x-a: 2", "referer: http://r", "user-agent: me")) })),
};
