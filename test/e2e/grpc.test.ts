import { type ChildProcess, execFile, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readStats } from "../support/admin-reader.ts";
import { bootstrap, cluster, forward, httpListener, table, text } from "../support/bootstrap.ts";
import { freePorts } from "../support/ports.ts";
import { Serving } from "../support/serving.ts";
import { scratch } from "./binary.ts";

/** gRPC's own client and server, of Go: `scripts/grpc-peer`. */
const PEER = process.env["LEGATE_GRPC_PEER"] ?? "";
if (PEER === "") console.error("\nSKIPPED, gRPC's own client and server: LEGATE_GRPC_PEER does not name them (scripts/grpc-peer builds them with Go)\n");

const FILTERS = "type.googleapis.com/envoy.extensions.filters.http";
const H2 = {
  typed_extension_protocol_options: {
    "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
      "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions", explicit_http_config: { http2_protocol_options: {} },
    },
  },
};
/** A message of 3 MiB and ` OK`. */
const LARGE = String((3 << 20) + 3);
const EXPECTED = {
  unary: "hi OK", "client stream": "a+b+c OK", "server stream": "0,1,2,3,4 OK", bidi: "re:a,re:b,re:c OK", metadata: String.raw`hi OK [t] ["\x00\xff"] [t]`,
  error: "FailedPrecondition not 100% ready: ü", "late error": "one DataLoss lost", "unknown method": "Unimplemented no method Nothing", large: LARGE, "large both ways": LARGE,
  deadline: "DeadlineExceeded", "deadline passed on": "true OK", cancellation: "re:aCanceled", "cancelled at the server": "2 OK",
};

describe.skipIf(PEER === "")("calls of gRPC's own client to its own server", () => {
  let server: ChildProcess;
  let serving: Serving;
  let told: Record<string, string> = {};
  let stats: ReadonlyMap<string, number> = new Map();

  beforeAll(async () => {
    server = spawn(PEER, ["server"], { stdio: ["ignore", "pipe", "inherit"] });
    const upstream = await new Promise<number>((done) => void server.stdout?.once("data", (line: Buffer) => done(Number(line.toString()))));
    const [port = 0, admin = 0] = await freePorts(2);
    const http_filters = [
      { name: "stats", typed_config: { "@type": `${FILTERS}.grpc_stats.v3.FilterConfig`, stats_for_all_methods: true } },
      { name: "router", typed_config: { "@type": `${FILTERS}.router.v3.Router` } },
    ];
    const manager = { route_config: table(forward("/", "u", { timeout: "0s", max_stream_duration: { grpc_timeout_header_max: "0s" } })), http_filters };
    const file = join(scratch(), "envoy.json");
    writeFileSync(file, text(bootstrap({ admin, listeners: [httpListener("front", port, manager)], clusters: [cluster("u", upstream, H2)] })));
    serving = await Serving.start(["-c", file, "--concurrency", "1"]);
    const { stdout } = await promisify(execFile)(PEER, ["client", `127.0.0.1:${port}`], { timeout: 30_000 });
    told = Object.fromEntries(stdout.trim().split("\n").map((line) => [line.slice(0, line.indexOf(": ")), line.slice(line.indexOf(": ") + 2)]));
    stats = await readStats(admin);
  }, 60_000);

  afterAll(async () => {
    server.kill();
    await serving.kill();
  });

  test.each(Object.entries(EXPECTED))("%s", (name, result) => {
    expect(told[name]).toBe(result);
  });

  test("are counted, method by method", () => {
    const counts = ["Count.success", "Count.request_message_count", "Count.response_message_count", "Chat.response_message_count", "Fail.9", "FailLate.15", "Fail.failure"];
    expect(counts.map((name) => stats.get(`cluster.u.grpc.test.Echo.${name}`))).toEqual([1, 1, 5, 4, 1, 1, 1]);
  });
});
