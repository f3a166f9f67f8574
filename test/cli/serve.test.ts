import { describe, expect, test } from "vitest";
import type { Command } from "../../src/cli/command.ts";
import { commandHelp } from "../../src/cli/help.ts";
import { readArgs } from "../../src/cli/parse.ts";
import { serveCommand, serveOptions } from "../../src/cli/serve.ts";
import { Terminal } from "../../src/cli/terminal.ts";
import type { ServeOptions } from "../../src/server/serve-options.ts";

const started: ServeOptions[] = [];
const serve: Command = serveCommand(async (options) => started.push(options));
const options = (...words: string[]): ServeOptions => serveOptions(readArgs(serve, words));

/** Every flag of Envoy 1.40.0's own help, with a fitting value. */
const ENVOY_FLAGS = `--stats-tag a:b --enable-core-dump --socket-mode 600 --socket-path @envoy --disable-extensions a,b --cpuset-threads --enable-mutex-tracing
--disable-hot-restart --mode serve --parent-shutdown-time-s 900 --drain-strategy gradual --drain-time-s 600 --file-flush-min-size-kb 64
--file-flush-interval-msec 10000 --service-zone z --service-node n --service-cluster c --hot-restart-version --restart-epoch 0 --log-path /tmp/l
--enable-fine-grain-logging --log-format-escaped --log-format %v --component-log-level upstream:debug,config:trace -l info --local-address-ip-version v4
--admin-address-path /tmp/a --log-stacktrace-single-entry --skip-deprecated-logs --ignore-unknown-dynamic-fields --reject-unknown-dynamic-fields
--allow-unknown-static-fields --allow-unknown-fields --config-yaml {} -c envoy.yaml --concurrency 2 --base-id-path /tmp/b
--skip-hot-restart-parent-stats --skip-hot-restart-on-no-parent --use-dynamic-base-id --base-id 0`.split(/\s+/);

describe("serve takes Envoy's command line", () => {
  test("every flag of Envoy is known", () => {
    expect(() => readArgs(serve, ENVOY_FLAGS)).not.toThrow();
  });

  test("what has no effect here is listed apart in the help, with the reason", () => {
    const [, idle = ""] = commandHelp(serve).split("without effect here");
    for (const flag of ["--base-id", "--restart-epoch", "--socket-mode", "--enable-core-dump"]) expect(idle).toContain(flag);
    expect(idle).not.toContain("--log-path");
  });

  test.each([
    ["--concurrency x", '"x" is not a whole number'],
    ["--concurrency -1", '"-1" is not a whole number'],
    ["--mode server", '"server" is none of serve, validate, init_only'],
    ["-l verbose", '"verbose" is none of'],
    ["--component-log-level upstream", '"upstream" is not COMPONENT:LEVEL'],
    ["--component-log-level upstream:loud", '"loud" is no log level'],
    ["--drain-strategy slow", '"slow" is none of gradual, immediate'],
    ["--drain-time-s 4294967296", "is not a whole number"],
    ["--stats-tag a", "is not NAME:VALUE"],
    ["--stats-tag a:b --stats-tag a:c", "the tag a is given twice"],
    ["--socket-mode 999", "octal"],
    ["--confg-path x", "Did you mean --config-path?"],
  ])("%s is refused: %s", (line, message) => {
    expect(() => options("-c", "x", ...line.split(" "))).toThrow(message);
  });

  test("without a configuration nothing starts", () => {
    expect(() => options("--concurrency", "1")).toThrow("which configuration?");
    expect(() => options("-c", "-", "--watch")).toThrow("--watch needs a file");
  });
});

test("the options say what was asked, in milliseconds and bytes, with Envoy's defaults", () => {
  expect(options("-c", "x")).toMatchObject({ configPath: "x", mode: "serve", concurrency: undefined, logLevel: "info", drainTimeMs: 600_000, drainStrategy: "gradual", unknownStaticFields: "error", unknownDynamicFields: "warning", fileFlushIntervalMs: 10_000, fileFlushMinBytes: 65_536 });
  expect(options("-c", "x", "--concurrency", "0", "-l", "warn", "--component-log-level", "a:warn,b:off", "--stats-tag", "k:v")).toMatchObject({
    concurrency: 1, logLevel: "warning", componentLogLevels: new Map([["a", "warning"], ["b", "off"]]), statsTags: new Map([["k", "v"]]),
  });
  expect(options("-c", "x", "--allow-unknown-static-fields", "--ignore-unknown-dynamic-fields")).toMatchObject({ unknownStaticFields: "warning", unknownDynamicFields: "ignore" });
});

test("serve starts the server with them; --hot-restart-version ends before", async () => {
  let out = "";
  const terminal = new Terminal({}, () => false, (_fd, text) => { out += text; });
  expect(await serve.run(readArgs(serve, ["--hot-restart-version"]), terminal, [])).toBe(0);
  expect([out, started.length]).toEqual(["disabled\n", 0]);
  await serve.run(readArgs(serve, ["-c", "envoy.yaml"]), terminal, []);
  expect(started[0]?.configPath).toBe("envoy.yaml");
});
