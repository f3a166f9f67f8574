import { expect, test } from "vitest";
import { answer, fileLog, forward } from "../support/bootstrap.ts";
import { ProxyWorld } from "../support/proxy-world.ts";

const TYPE = "type.googleapis.com/";
const typed = (more: object = {}): object => ({
  ...more, name: "f", typed_config: { "@type": `${TYPE}envoy.extensions.access_loggers.file.v3.FileAccessLog`, path: "log", log_format: { text_format: "%ACCESS_LOG_TYPE% %RESPONSE_CODE%\n" } },
});

test("a logger with a filter writes what the filter lets pass", async () => {
  const filter = { status_code_filter: { comparison: { op: "GE", value: { default_value: 400, runtime_key: "k" } } } };
  const world = await ProxyWorld.open({ manager: { access_log: [{ ...fileLog("log"), filter }] as never }, routes: [answer("/ok", 200), answer("/", 404)] });
  await world.asking("/ok");
  await world.asking("/no");
  expect(world.log.map((line) => line.split('"')[1])).toEqual(["GET /no HTTP/1.1"]);
});

test("access_log_options: logged at the start, every so often, when a tunnel stands, at the end", async () => {
  const world = await ProxyWorld.open({
    manager: {
      access_log: [typed()] as never, upgrade_configs: [{ upgrade_type: "custom" }],
      access_log_options: { flush_access_log_on_new_request: true, access_log_flush_interval: "10s", flush_log_on_tunnel_successfully_established: true },
    },
    routes: [forward("/", "u")],
  });
  const client = await world.asking("/", "connection: upgrade\r\nupgrade: custom\r\n");
  world.upstream().send("HTTP/1.1 101 S\r\nconnection: upgrade\r\nupgrade: custom\r\n\r\n");
  await world.pass(25_000);
  client.conn.close();
  await world.pass(30_000);
  expect(world.log.map((line) => line.trim())).toEqual(["DownstreamStart 0", "DownstreamTunnelSuccessfullyEstablished 101", "DownstreamPeriodic 101", "DownstreamPeriodic 101", "DownstreamEnd 101"]);
});

test("a log type can be filtered", async () => {
  const filter = { log_type_filter: { types: ["DownstreamEnd"], exclude: true } };
  const world = await ProxyWorld.open({ manager: { access_log: [typed({ filter })] as never, access_log_options: { flush_access_log_on_new_request: true } }, routes: [answer("/", 200)] });
  await world.asking();
  expect(world.log.map((line) => line.trim())).toEqual(["DownstreamStart 0"]);
});
