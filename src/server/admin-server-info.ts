/** `/server_info`, `/memory`, `/certs` and the little ones: facts about the process. */
import { DEFAULT_LOG_PATTERN } from "./log-pattern.ts";
import type { Bootstrap } from "../schema/generated/envoy/config/bootstrap/v3.ts";
import { type AdminEndpoint, jsonAnswer, textAnswer } from "./admin-endpoint.ts";
import { nodeOf, versionText } from "./admin-node.ts";
import type { AdminState } from "./admin-state.ts";

const HOT_RESTART = "disabled";

export const serverInfo: AdminEndpoint = {
  path: "/server_info", help: "print server version/status information",
  answer: (_, state) => {
    const uptime = `${Math.floor(state.uptimeMs() / 1000)}s`;
    return jsonAnswer({
      version: versionText(state.build),
      state: state.state(),
      uptime_current_epoch: uptime,
      uptime_all_epochs: uptime,
      hot_restart_version: HOT_RESTART,
      command_line_options: commandLine(state),
      node: wholeNode(state),
      hot_restart_initializing: false,
    });
  },
};

/** With the lists that are empty, as Envoy prints them here. */
function wholeNode(state: AdminState): object {
  const bootstrap = state.bootstrap();
  const { extensions, ...node } = nodeOf(state, bootstrap === "" ? {} : (JSON.parse(bootstrap) as Bootstrap));
  return {
    id: "", cluster: "", ...node,
    extensions: (extensions as readonly { name: string; category: string; type_urls: readonly string[] }[])
      .map(({ name, category, type_urls }) => ({ name, category, type_descriptor: "", disabled: false, type_urls })),
    client_features: node["client_features"] ?? [], listening_addresses: node["listening_addresses"] ?? [], dynamic_parameters: node["dynamic_parameters"] ?? {},
  };
}

/** Envoy's order of its options; those legate does not have stand at Envoy's defaults. */
function commandLine({ options, workers }: AdminState): object {
  return {
    base_id: "0",
    concurrency: workers,
    config_path: options.configPath ?? "",
    config_yaml: options.configYaml ?? "",
    allow_unknown_static_fields: options.unknownStaticFields !== "error",
    admin_address_path: options.adminAddressPath ?? "",
    local_address_ip_version: "v4",
    log_level: options.logLevel,
    component_log_level: [...options.componentLogLevels].map((pair) => pair.join(":")).join(","),
    log_format: options.logFormat ?? DEFAULT_LOG_PATTERN,
    log_path: options.logPath ?? "",
    service_cluster: options.serviceCluster ?? "",
    service_node: options.serviceNode ?? "",
    service_zone: options.serviceZone ?? "",
    file_flush_interval: seconds(options.fileFlushIntervalMs),
    drain_time: seconds(options.drainTimeMs),
    parent_shutdown_time: "900s",
    mode: options.mode === "validate" ? "Validate" : options.mode === "init_only" ? "InitOnly" : "Serve",
    disable_hot_restart: true,
    enable_mutex_tracing: false,
    restart_epoch: 0,
    cpuset_threads: false,
    reject_unknown_dynamic_fields: options.unknownDynamicFields === "error",
    log_format_escaped: options.logFormatEscaped,
    disabled_extensions: [],
    ignore_unknown_dynamic_fields: options.unknownDynamicFields === "ignore",
    use_dynamic_base_id: false,
    base_id_path: "",
    drain_strategy: options.drainStrategy === "immediate" ? "Immediate" : "Gradual",
    enable_fine_grain_logging: false,
    socket_path: "@envoy_domain_socket",
    socket_mode: 0,
    enable_core_dump: false,
    stats_tag: [...options.statsTags].map((pair) => pair.join(":")),
    skip_hot_restart_on_no_parent: false,
    skip_hot_restart_parent_stats: false,
    skip_deprecated_logs: options.skipDeprecatedLogs,
    file_flush_min_size: options.fileFlushMinBytes === DEFAULT_FLUSH_BYTES ? 0 : options.fileFlushMinBytes / 1024,
    log_stacktrace_single_entry: false,
  };
}

/** Envoy prints 0 where nothing else was given. */
const DEFAULT_FLUSH_BYTES = 64 * 1024;

function seconds(ms: number): string {
  return `${ms / 1000}s`;
}

export const memory: AdminEndpoint = {
  path: "/memory", help: "print current allocation/heap usage",
  answer: (_, state) => {
    const { used, reserved } = state.heap();
    return jsonAnswer({
      allocated: String(used), heap_size: String(reserved), pageheap_unmapped: "0", pageheap_free: String(Math.max(0, reserved - used)),
      total_thread_cache: "0", total_physical_bytes: String(state.residentBytes()),
    });
  },
};

export const certs: AdminEndpoint = { path: "/certs", help: "print certs on machine", answer: () => jsonAnswer({ certificates: [] }) };

export const hotRestartVersion: AdminEndpoint = {
  path: "/hot_restart_version", help: "print the hot restart compatibility version", answer: () => textAnswer(HOT_RESTART),
};

/** Nothing waits: a listener is listed when all it needs is there. */
export const initDump: AdminEndpoint = {
  path: "/init_dump", help: "dump current Envoy init manager information (experimental)",
  params: [{ name: "mask", help: "The desired component to dump unready targets. The mask is parsed as a Protobuf::FieldMask. For example, get the unready targets of all listeners with /init_dump?mask=listener`" }],
  answer: () => jsonAnswer({}),
};
