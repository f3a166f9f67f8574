/** The node as the server presents itself: what the configuration says, and what is running. */
import { ALL_EXTENSIONS } from "../extensions/all.ts";
import { encodeMessage } from "../schema/encode.ts";
import type { Bootstrap } from "../schema/generated/envoy/config/bootstrap/v3.ts";
import type { AdminState, Build } from "./admin-state.ts";

/** `COMMIT/VERSION/Clean/RELEASE/RUNTIME`: Envoy's five parts, the last of which names its TLS library. */
export function versionText(build: Build): string {
  return `${build.commit}/${build.version}/${status(build)}/${buildType(build)}/${build.runtime.replace(" ", "-")}`;
}

/** As canonical JSON, defaults absent. */
export function nodeOf(state: AdminState, bootstrap: Bootstrap): Record<string, unknown> {
  const { options, build } = state;
  const { id, cluster, metadata, locality, ...others } = encodeMessage("envoy.config.core.v3.Node", bootstrap.node ?? {}, { byNumber: true });
  return filled({
    id: options.serviceNode ?? id, cluster: options.serviceCluster ?? cluster, metadata,
    locality: options.serviceZone === undefined ? locality : { ...(locality as object | undefined), zone: options.serviceZone },
    user_agent_name: "legate",
    user_agent_build_version: {
      version: versionNumbers(build.version),
      metadata: { "build.type": buildType(build), "revision.status": status(build), "ssl.version": build.runtime, "revision.sha": build.commit },
    },
    extensions: ALL_EXTENSIONS.map((extension) => ({ name: extension.name, category: extension.category, type_urls: [extension.config] })),
    ...others,
  });
}

/** Of `1.2.3-rc.1`. */
export function versionNumbers(version: string): { major_number: number; minor_number: number; patch: number } {
  const [major = 0, minor = 0, patch = 0] = version.split(/[.-]/).map(Number);
  return { major_number: major, minor_number: minor, patch };
}

function status({ commit }: Build): string {
  return commit === "source" ? "Modified" : "Clean";
}

function buildType({ commit }: Build): string {
  return commit === "source" ? "SOURCE" : "RELEASE";
}

function filled(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
