import { describe, expect, test } from "vitest";
import { checked } from "../support/checked.ts";

const bootstrap = (text: string): string[] => checked("envoy.config.bootstrap.v3.Bootstrap", `{ ${text} }`);

describe("a bootstrap:", () => {
  test.each<[string, string[]]>([
    ["stats_flush_interval: 1s, stats_eviction_interval: 2s", []],
    ["stats_flush_interval: 0.5s, stats_eviction_interval: 0.75s", ["LGT0805 stats_eviction_interval"]],
    ["stats_flush_interval: 1s, stats_flush_on_admin: true", ["LGT0805 stats_flush_on_admin"]],
    ["inline_headers: [{ inline_header_name: set-cookie, inline_header_type: REQUEST_HEADER }]", ["LGT0805 inline_headers[0].inline_header_name"]],
    ["cluster_manager: { local_cluster_name: nowhere }", ["LGT0805 cluster_manager.local_cluster_name"]],
    ["application_log_config: { log_format: { json_format: { a: '%v' } } }", ["LGT0805 application_log_config.log_format.json_format"]],
    ["admin: { address: { socket_address: { address: x, port_value: 1 } } }", ["LGT0805 admin.address.socket_address.address"]],
    ['tracing: { http: { name: a, typed_config: { "@type": type.googleapis.com/envoy.config.trace.v3.ZipkinConfig } } }', []],
    ['tracing: { http: { name: a, typed_config: { "@type": type.googleapis.com/google.protobuf.StringValue, value: a } } }', ["LGT0805 tracing.http.typed_config"]],
    ['watchdogs: { main_thread_watchdog: { actions: [{ event: MISS, config: { name: a, typed_config: { "@type": type.googleapis.com/google.protobuf.StringValue, value: a } } }] } }', []],
    ["static_resources: { secrets: [{ name: a, generic_secret: { secret: { inline_string: a } } }] }", []],
    ["static_resources: { secrets: [{ name: a }] }", ["LGT0805 static_resources.secrets[0]"]],
    ["tracing: { http: { name: a } }", ["LGT0805 tracing.http.typed_config"]],
    ["layered_runtime: { layers: [{ name: a, static_layer: { x: 1, y: { z: true } } }, { name: b, admin_layer: {} }] }", []],
    ["layered_runtime: { layers: [{ name: a, static_layer: {} }, { name: a, static_layer: {} }] }", ["LGT0804 layered_runtime.layers[1].name"]],
    ["layered_runtime: { layers: [{ name: a, admin_layer: {} }, { name: b, admin_layer: {} }] }", ["LGT0804 layered_runtime.layers[1].admin_layer"]],
    ["layered_runtime: { layers: [{ name: a, static_layer: { x: [1] } }] }", ["LGT0804 layered_runtime.layers[0].static_layer.x"]],
  ])("%s", (text, errors) => {
    expect(bootstrap(text)).toEqual(errors);
  });
});

describe("an overload manager:", () => {
  const MONITOR = '{ name: heap, typed_config: { "@type": type.googleapis.com/envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig, max_heap_size_bytes: 1 } }';
  const manager = (monitors: string, actions: string): string[] => bootstrap(`overload_manager: { resource_monitors: [${monitors}], actions: [${actions}] }`);
  const action = (...triggers: string[]): string => `{ name: envoy.overload_actions.shrink_heap, triggers: [${triggers.join(", ")}] }`;
  const trigger = (name: string): string => `{ name: ${name}, threshold: { value: 0.9 } }`;
  test.each<[string, string, string[]]>([
    [MONITOR, action(trigger("heap")), []],
    [`${MONITOR}, ${MONITOR}`, action(trigger("heap")), ["LGT0806 overload_manager.resource_monitors[1].name"]],
    [MONITOR, action(trigger("heap"), trigger("heap")), ["LGT0806 overload_manager.actions[0].triggers[1].name"]],
    [MONITOR, action(trigger("nothing")), ["LGT0806 overload_manager.actions[0].triggers[0].name"]],
    [MONITOR, "{ name: nothing, triggers: [{ name: heap, threshold: { value: 1 } }] }", ["LGT0806 overload_manager.actions[0].name"]],
    [MONITOR, action("{ name: heap, scaled: { scaling_threshold: 0.9, saturation_threshold: 0.8 } }"), ["LGT0806 overload_manager.actions[0].triggers[0].scaled.scaling_threshold"]],
  ])("monitors %s, actions %s", (monitors, actions, errors) => {
    expect(manager(monitors, actions)).toEqual(errors);
  });
});
