import { brotliCompressSync, gzipSync } from "node:zlib";
import { answering } from "../../support/scripted-upstream.ts";
import { ask, get, head, request, response } from "../case.ts";
import type { Case, Group } from "../case.ts";
import { chain, filter, table, to, typed } from "../filter-config.ts";

const LIBRARY: Readonly<Record<string, string>> = { gzip: "gzip.compressor.v3.Gzip", brotli: "brotli.compressor.v3.Brotli", zstd: "zstd.compressor.v3.Zstd" };
const compressor = (library: string, fields = "response_direction_config: {}", options = ""): string =>
  filter(library, "compressor.v3.Compressor", `${fields}, compressor_library: { name: lib, typed_config: { "@type": type.googleapis.com/envoy.extensions.compression.${LIBRARY[library]}, ${options} } }`);
const decompressor = (library: string, fields = ""): string =>
  filter(`de${library}`, "decompressor.v3.Decompressor", `${fields === "" ? "" : `${fields}, `}decompressor_library: { name: lib, typed_config: { "@type": type.googleapis.com/envoy.extensions.compression.${(LIBRARY[library] ?? "").replace("compressor", "decompressor")} } }`);
const back = (library: string): string => chain(decompressor(library)) + table(["{ match: { prefix: / }, route: { cluster: again } }"]);
const perRoute = (fields: string): Readonly<Record<string, string>> => ({ gzip: typed("compressor.v3.CompressorPerRoute", fields) });

const TEXT = "All the world is a stage, and all the men and women merely players. ".repeat(20);
const counters = [/compressor/];
/** What a library makes of a body differs in its bytes from another's, and so does its length. */
const uncounted = /total_(un)?compressed_bytes$/;
const SIZES = { log: "the compressed sizes of two libraries differ", wide: "the same" };
const plain = (...headers: string[]): string => response("200 OK", TEXT, "content-type: text/plain", ...headers);
const GZIP = "accept-encoding: gzip";

/** The compressor and decompressor: what they decide, in messages without bodies and through each other. */
export const compression: Group = {
  name: "compression",
  upstreams: [],
  clusters: { again: "load_assignment: { cluster_name: again, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: <port:inner> } } } }] }] }" },
  listeners: {
    main: back("gzip"),
    inner: chain(compressor("gzip"), compressor("brotli"), compressor("zstd")),
    unbrotli: back("brotli"), unzstd: back("zstd"),
    small: chain(compressor("gzip", "response_direction_config: { common_config: { min_content_length: 5000, content_type: [text/plain] } }")),
    rules: chain(compressor("gzip", "response_direction_config: { disable_on_etag_header: true, remove_accept_encoding_header: true, uncompressible_response_codes: [404] }"))
      + table([to("/off", perRoute("disabled: true")), to("/keep", perRoute("overrides: { response_direction_config: { remove_accept_encoding_header: false } }")), to("/")]),
    status: chain(compressor("gzip", "response_direction_config: { status_header_enabled: true, disable_on_etag_header: true, uncompressible_response_codes: [404], common_config: { min_content_length: 100 } }")),
    disabled: chain(compressor("gzip", "response_direction_config: { common_config: { enabled: { default_value: false, runtime_key: x } } }")),
    requests: chain(compressor("gzip", "request_direction_config: { common_config: { enabled: { default_value: true, runtime_key: y } } }"), decompressor("gzip")),
    degzip: chain(decompressor("gzip")), quiet: chain(decompressor("gzip", "request_direction_config: { advertise_accept_encoding: false }, response_direction_config: { common_config: { enabled: { default_value: false, runtime_key: z } } }")),
    debrotli: chain(decompressor("brotli")),
  },
  cases: [
    ...[["gzip", "main"], ["brotli", "unbrotli"], ["zstd", "unzstd"]].map(([library = "", listener = ""]): Case => ({ title: `there and back by ${library}`, to: listener, ...ask(get("/")), logs: 2, upstreams: { u: answering(plain()) }, counters, uncounted, varies: SIZES })),
    { title: "there and back in pieces, with trailers", ...ask(get("/")), logs: 2, upstreams: { u: { connections: [[{ await: "request" }, `HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n28\r\n${"a".repeat(40)}\r\n`, { wait: 30 }, `28\r\n${"b".repeat(40)}\r\n`, { wait: 30 }, "0\r\nx-t: 1\r\n\r\n"]] } }, counters, uncounted, varies: SIZES },
    { title: "encodings are chosen by quality", to: "inner", ...ask(...["gzip;q=0", "identity", "*", "br;q=0.5, gzip;q=0.4", "deflate", "gzip;q=x", "", "identity;q=0.1, *;q=0"].map((accept) => request("HEAD", "/", `accept-encoding: ${accept}`))), upstreams: { u: answering(head("HTTP/1.1 200 OK", "content-type: text/plain", "content-length: 2000")) }, counters },
    { title: "too small", to: "small", ...ask(get("/", GZIP)), upstreams: { u: answering(plain()) }, counters },
    { title: "not of the type", to: "small", ...ask(get("/", GZIP)), upstreams: { u: answering(response("200 OK", "y".repeat(6000), "content-type: text/html; x=y")) }, counters },
    { title: "with an etag", to: "rules", ...ask(get("/", GZIP)), upstreams: { u: answering(plain('etag: "x"')) }, counters },
    { title: "a status that is left alone", to: "rules", ...ask(get("/", GZIP)), upstreams: { u: answering(plain().replace("200 OK", "404 Not Found")) }, counters },
    { title: "compressed already", to: "rules", ...ask(get("/", GZIP)), upstreams: { u: answering(plain("content-encoding: br")) }, counters },
    { title: "no-transform", to: "rules", ...ask(get("/", GZIP)), upstreams: { u: answering(plain("cache-control: public, No-Transform")) }, counters },
    { title: "routes", to: "rules", ...ask(get("/off", GZIP), request("HEAD", "/keep", GZIP)), upstreams: { u: answering(head("HTTP/1.1 200 OK", "content-type: text/plain", "content-length: 0")) }, counters },
    { title: "without accept-encoding vary is added", to: "rules", ...ask(get("/")), upstreams: { u: answering(plain("vary: Origin")) }, counters },
    { title: "vary that is there", to: "rules", ...ask(get("/")), upstreams: { u: answering(plain("vary: Origin, ACCEPT-ENCODING")) }, counters },
    ...([["too small", "200 OK", "abc", ""], ["type", "200 OK", TEXT, "content-type: image/png"], ["etag", "200 OK", TEXT, 'etag: "y"'], ["code", "404 Not Found", TEXT, "x-a: b"]] as const).map(([what, status, body, more]): Case => (
      { title: `the status header: ${what}`, to: "status", ...ask(get("/", GZIP)), upstreams: { u: answering(response(status, body, ...(more === "" ? [] : [more]))) }, counters })),
    { title: "a compressor that is off", to: "disabled", ...ask(get("/", GZIP)), upstreams: { u: answering(plain()) }, counters },
    { title: "requests there and back", to: "requests", ...ask(request("POST", "/", "content-type: text/plain", `content-length: ${TEXT.length}`) + TEXT, get("/")), counters, uncounted },
    { title: "a compressed response is decompressed", to: "degzip", ...ask(get("/", "accept-encoding: br, gzip;q=0.5"), get("/")), upstreams: { u: answering(response("200 OK", gzipSync(TEXT).toString("latin1"), "content-encoding: gzip")) }, counters },
    { title: "a compressed request is decompressed", to: "degzip", client: [`${request("POST", "/", "content-encoding: GZIP, x", `content-length: ${gzipSync(TEXT).length}`)}${gzipSync(TEXT).toString("latin1")}`, { responses: 1 }], counters },
    { title: "garbage is not", to: "degzip", ...ask(request("POST", "/", "content-encoding: gzip", "content-length: 7") + "garbage"), counters },
    { title: "what is cut off", to: "degzip", ...ask(request("POST", "/", "content-encoding: gzip", "content-length: 30") + gzipSync(TEXT).toString("latin1").slice(0, 30)), counters: [/compressor.*(library|decompressed)$/] },
    { title: "no decompression asked for", to: "quiet", ...ask(get("/", "accept-encoding: br")), upstreams: { u: answering(response("200 OK", gzipSync(TEXT).toString("latin1"), "content-encoding: gzip")) }, counters },
    { title: "brotli", to: "debrotli", ...ask(get("/")), upstreams: { u: answering(response("200 OK", brotliCompressSync(TEXT).toString("latin1"), "content-encoding: br")) }, counters },
    { title: "no-transform is not decompressed", to: "degzip", ...ask(get("/")), upstreams: { u: answering(response("200 OK", "xx", "content-encoding: gzip", "cache-control: no-transform")) }, counters },
  ],
};
