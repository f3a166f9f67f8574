import { describe, expect, test } from "vitest";
import { checked } from "../support/checked.ts";

const any = (type: string, more = ""): string => `{ "@type": type.googleapis.com/${type} ${more} }`;
const logger = (config: string): string[] => checked("envoy.config.accesslog.v3.AccessLog", `{ name: log, typed_config: ${config} }`);
const FILE = "envoy.extensions.access_loggers.file.v3.FileAccessLog";
const ROUTER = "envoy.extensions.filters.http.router.v3.Router";

describe("an extension", () => {
  test("is found by the type of its configuration, whatever its name", () => {
    expect(logger(any(FILE, ", path: /dev/null"))).toEqual([]);
  });

  test("of another category, or of none, is an error at the place of its configuration", () => {
    expect(logger(any(ROUTER))).toEqual(["LGT0402 typed_config"]);
    expect(logger(any("google.protobuf.Struct", ", value: {}"))).toEqual(["LGT0402 typed_config"]);
  });

  test("without a configuration is an error", () => {
    expect(checked("envoy.config.accesslog.v3.AccessLog", "{ name: envoy.access_loggers.file }")).toEqual(["LGT0403 name"]);
  });

  test("in a TypedStruct is judged by what that names, its content with it", () => {
    const struct = (type: string, value = "{}"): string => any("xds.type.v3.TypedStruct", `, type_url: type.googleapis.com/${type}, value: ${value}`);
    expect(logger(struct(FILE, "{ path: /dev/null }"))).toEqual([]);
    expect(logger(struct(ROUTER))).toEqual(["LGT0402 typed_config"]);
    expect(logger(any("xds.type.v3.TypedStruct", `, type_url: type.googleapis.com/${FILE}`))).toEqual(["LGT0303 typed_config.path"]);
    expect(checked("envoy.config.listener.v3.Filter", `{ name: f, typed_config: ${struct("envoy.extensions.filters.network.redis_proxy.v3.RedisProxy", "{ stat_prefix: x, settings: { op_timeout: 1s } }")} }`)).toEqual(["LGT0406 typed_config.value"]);
  });

  test("that a route configures must be an HTTP filter, unless the route says that it is optional", () => {
    const route = (config: string): string[] => checked("envoy.config.route.v3.Route", `{ match: { prefix: / }, direct_response: { status: 200 }, typed_per_filter_config: { x: ${config} } }`);
    const wrapped = (more: string): string => any("envoy.config.route.v3.FilterConfig", `, config: ${any("google.protobuf.Struct", ", value: {}")} ${more}`);
    expect(route(any("google.protobuf.Struct", ", value: {}"))).toEqual(["LGT0402 typed_per_filter_config.x"]);
    expect(route(wrapped(""))).toEqual(["LGT0402 typed_per_filter_config.x.config"]);
    expect(route(wrapped(", is_optional: true"))).toEqual([]);
    expect(route(wrapped(", disabled: true"))).toEqual([]);
    expect(route("{}")).toEqual(["LGT0403 typed_per_filter_config.x"]);
  });

  test("is not looked for in payloads, which Envoy does not unpack", () => {
    expect(checked("envoy.config.core.v3.Metadata", `{ typed_filter_metadata: { x: ${any("envoy.config.accesslog.v3.AccessLog", ", name: log")} } }`)).toEqual([]);
  });
});
