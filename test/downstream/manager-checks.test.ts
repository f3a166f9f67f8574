import { describe, expect, test } from "vitest";
import { checked } from "../support/checked.ts";

const ROUTER = '{ name: router, typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router } }';
const CORS = '"@type": type.googleapis.com/envoy.extensions.filters.http.cors.v3.Cors';
const manager = (more: string, filters = ROUTER): string[] =>
  checked("envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", `{ stat_prefix: x, route_config: {}, http_filters: [${filters}] ${more} }`);

describe("an HTTP connection manager:", () => {
  test.each([
    ["", []],
    [", strip_any_host_port: true, strip_matching_host_port: true", ["LGT0603 strip_any_host_port"]],
    [", max_request_headers_kb: 64, http2_protocol_options: { max_header_field_size_kb: 128 }", ["LGT0613 http2_protocol_options.max_header_field_size_kb"]],
    [", common_http_protocol_options: { max_response_headers_kb: 8 }", ["LGT0613 common_http_protocol_options.max_response_headers_kb"]],
    [", upgrade_configs: [{ upgrade_type: websocket }, { upgrade_type: WebSocket }]", ["LGT0613 upgrade_configs[1].upgrade_type"]],
    [", access_log_options: {}, flush_access_log_on_new_request: true", ["LGT0613 flush_access_log_on_new_request"]],
  ])("%s", (more, errors) => {
    expect(manager(more)).toEqual(errors);
  });

  test("the router stands last and is not disabled", () => {
    expect(manager("", `${ROUTER}, { name: cors, typed_config: { ${CORS} } }`)).toEqual(["LGT0602 http_filters[0].name", "LGT0602 http_filters[1].name"]);
    expect(manager("", ROUTER.replace("name: router", "name: router, disabled: true"))).toEqual(["LGT0613 http_filters[0].disabled"]);
  });

  test("a discovered filter has a default of one of its types", () => {
    const discovered = (more: string): string => `{ name: d, config_discovery: { config_source: { ads: {} }, ${more} } }, ${ROUTER}`;
    const types = "type_urls: [type.googleapis.com/envoy.extensions.filters.http.cors.v3.Cors]";
    expect(manager("", discovered(`${types}, default_config: { ${CORS} }`))).toEqual([]);
    expect(manager("", discovered(`${types}, apply_default_config_without_warming: true`))).toEqual(["LGT0613 http_filters[0].config_discovery.apply_default_config_without_warming"]);
    expect(manager("", discovered("type_urls: [type.googleapis.com/google.protobuf.Value]"))).toEqual(["LGT0613 http_filters[0].config_discovery.type_urls[0]"]);
  });

  test("an optional filter may be unknown, any other not", () => {
    const unknown = (more: string): string => `{ name: u ${more}, typed_config: { "@type": type.googleapis.com/google.protobuf.Struct, value: {} } }, ${ROUTER}`;
    expect(manager("", unknown(", is_optional: true"))).toEqual([]);
    expect(manager("", unknown(""))).toEqual(["LGT0402 http_filters[0].typed_config"]);
  });
});
