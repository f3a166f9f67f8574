/** The listener of the admin server: a connection manager like any other, with one filter and Envoy's fixed settings. */
import type { AccessLogger } from "../contract/access-logger.ts";
import type { TerminalFilterFactory } from "../contract/network-filter.ts";
import { type CompileContext, defineExtension, type Plan, Registry } from "../contract/extension.ts";
import type { HttpFilterFactory } from "../contract/http-filter.ts";
import { compileAccessLogs } from "../downstream/access-logs.ts";
import { HttpConnection } from "../downstream/http-connection.ts";
import type { ListenerPlan } from "../downstream/listener-plan.ts";
import { Manager } from "../downstream/manager.ts";
import { compileManager, type ManagerPlan } from "../downstream/manager-plan.ts";
import { ALL_EXTENSIONS } from "../extensions/all.ts";
import type { SocketAddress } from "../platform/address.ts";
import type { AccessLog } from "../schema/generated/envoy/config/accesslog/v3.ts";
import type { Admin } from "../schema/generated/envoy/config/bootstrap/v3.ts";

const PREFIX = "listener.admin.";
const BUFFER_LIMIT = 1_048_576;
const SILENT = { report: (): void => undefined };
const CONTEXT: CompileContext = {
  diagnostics: SILENT, registry: new Registry(ALL_EXTENSIONS), statPrefix: "",
  surroundings: { listenerPrefix: PREFIX, bufferLimit: BUFFER_LIMIT, serviceCluster: "", nodeId: "" },
};

export function adminListenerPlan(address: SocketAddress, admin: Admin, filter: HttpFilterFactory): ListenerPlan {
  const plan = managerPlan(admin, filter);
  return {
    name: "admin", metadata: null, address, places: [{ address, ipv6Only: true, mode: admin.address?.pipe?.mode }], statsPrefix: PREFIX, bufferLimit: BUFFER_LIMIT, backlog: undefined, socketOptions: [], handsOver: false, ignoresGlobalLimit: true, loggers: [], needs: [],
    chains: [{ name: "", metadata: null, text: "", filters: { open: (env) => managed(new Manager(plan, PREFIX, env)) }, transport: null, connectTimeoutMs: 0, needs: [] }],
    choose: null, filters: { filters: [], timeoutMs: 0, continueOnTimeout: false }, text: "",
  };
}

function managed(manager: Manager): TerminalFilterFactory {
  return (connection, done) => new HttpConnection(manager, connection, done);
}

/** Envoy's `AdminImpl` as a configuration. Its stream idle timeout is ours: a client that does not read is let go in the end. */
function managerPlan(admin: Admin, filter: HttpFilterFactory): ManagerPlan {
  const plan = compileManager({ stat_prefix: "admin", use_remote_address: true, normalize_path: true, merge_slashes: true, generate_request_id: false }, CONTEXT);
  const opened: Plan<HttpFilterFactory> = { open: () => filter };
  const extension = defineExtension<"envoy.filters.http", object>({ category: "envoy.filters.http", name: "envoy.admin", config: "", honours: {}, terminal: true, compile: () => opened });
  return { ...plan, filters: [{ name: "envoy.admin", plan: opened, extension, disabled: false, silent: CONTEXT }], loggers: loggersOf(admin) };
}

function loggersOf(admin: Admin): Plan<AccessLogger>[] {
  const logs: AccessLog[] = [...(admin.access_log ?? [])];
  const path = admin.access_log_path ?? "";
  if (path !== "") {
    const typed_config = { "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog", path };
    logs.push({ name: "envoy.access_loggers.file", typed_config } as AccessLog);
  }
  return compileAccessLogs(logs, CONTEXT);
}
