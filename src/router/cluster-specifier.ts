/** Cluster specifier plugins of the core that choose by the request: a matcher tree over its headers; groups of weighted clusters, one for each attempt. */
import { toWire } from "../base/wire-text.ts";
import type { RequestView, RuntimeView } from "../contract/request-view.ts";
import { NO_RUNTIME } from "../contract/request-view.ts";
import type { Diagnostics } from "../diagnostics/finding.ts";
import { HeaderBlock } from "../http/header-block.ts";
import { nameId } from "../http/names.ts";
import { typeNameOf } from "../match/inputs/inputs.ts";
import { compileHeaderTree, type HeaderTree } from "../match/inputs/input-tree.ts";
import type { TypedExtensionConfig } from "../schema/generated/envoy/config/core/v3.ts";
import type { ClusterSpecifierPlugin, RouteAction } from "../schema/generated/envoy/config/route/v3.ts";
import type { MatcherClusterSpecifier } from "../schema/generated/envoy/extensions/router/cluster_specifiers/matcher/v3.ts";
import type { PriorityGroupClusterSpecifier } from "../schema/generated/envoy/extensions/router/cluster_specifiers/priority_group/v3.ts";
import type { Any } from "../schema/generated/google/protobuf.ts";
import { type Chosen, type ClusterChooser, type ClusterRefresh, singleUint64 } from "./cluster-choice.ts";
import { hashOf, type HashPolicy } from "./hash-policy.ts";

const PACKAGE = "envoy.extensions.router.cluster_specifiers";
const MATCHER = `${PACKAGE}.matcher.v3.MatcherClusterSpecifier`;
const CLUSTER_ACTION = `${PACKAGE}.matcher.v3.ClusterAction`;
const PRIORITY_GROUP = `${PACKAGE}.priority_group.v3.PriorityGroupClusterSpecifier`;

/** Metadata that overrides groups is not looked at. */
export const honours = {
  "envoy.config.route.v3.RouteConfiguration": ["cluster_specifier_plugins"],
  "envoy.config.route.v3.RouteAction": ["cluster_specifier_plugin", "inline_cluster_specifier_plugin"],
  "envoy.config.route.v3.ClusterSpecifierPlugin": ["extension", "is_optional"],
  [MATCHER]: ["cluster_matcher"], [CLUSTER_ACTION]: ["cluster"],
  [PRIORITY_GROUP]: ["priority_groups", "header_name", "use_hash_policy"], [`${PACKAGE}.priority_group.v3.PriorityGroup`]: ["name", "clusters"], [`${PACKAGE}.priority_group.v3.ClusterWeight`]: ["cluster_name", "weight"],
} as const;

/** Nobody chooses: such a request finds no cluster. */
const NOBODY: ClusterChooser = { clusters: [], choose: () => ({ cluster: "", entry: undefined }) };

class MatchedCluster implements ClusterChooser {
  readonly clusters: readonly string[] = [];
  private readonly tree: HeaderTree<string>;
  private readonly subject: { requestHeaders: HeaderBlock; runtime: RuntimeView } = { requestHeaders: new HeaderBlock(), runtime: NO_RUNTIME };

  constructor(config: MatcherClusterSpecifier, diagnostics: Diagnostics) {
    this.tree = compileHeaderTree(config.cluster_matcher ?? {}, (action, at) => clusterOf(action, at, diagnostics), diagnostics);
  }

  choose({ headers, runtime }: RequestView): Chosen {
    this.subject.requestHeaders = headers;
    this.subject.runtime = runtime;
    return { cluster: this.tree(this.subject) ?? "", entry: undefined };
  }

  refresher(): ClusterRefresh {
    return ({ headers, runtime }) => {
      this.subject.requestHeaders = headers;
      this.subject.runtime = runtime;
      const cluster = this.tree(this.subject);
      return cluster === undefined ? undefined : { cluster, entry: undefined };
    };
  }
}

function clusterOf(action: Any, at: object, diagnostics: Diagnostics): string | undefined {
  if (typeNameOf(action) === CLUSTER_ACTION) return toWire(String(action["cluster"] ?? ""));
  diagnostics.report({ code: "LGT0564", at, message: `the action of a cluster matcher must be a ClusterAction, not ${action["@type"]}` });
  return undefined;
}

interface Group {
  readonly names: readonly string[];
  /** Where each member's share ends. */
  readonly ends: readonly number[];
}

/** By weight among the clusters of a group: the first attempt takes the first group, each retry the next one, as long as there is one. */
class PriorityGroups implements ClusterChooser {
  readonly clusters: readonly string[] = [];
  private readonly groups: readonly Group[];
  private readonly header: number;
  private readonly hashPolicy: HashPolicy | undefined;

  constructor(config: PriorityGroupClusterSpecifier, hashPolicy: HashPolicy | undefined) {
    this.groups = (config.priority_groups ?? []).map(({ clusters = [] }) => {
      let end = 0;
      return { names: clusters.map((member) => toWire(member.cluster_name ?? "")), ends: clusters.map((member) => (end += member.weight ?? 0)) };
    });
    this.header = config.header_name ? nameId(config.header_name) : 0;
    this.hashPolicy = config.use_hash_policy === true ? hashPolicy : undefined;
  }

  choose(request: RequestView): Chosen {
    return this.chooseOf(this.groups[0], request);
  }

  refresher(): ClusterRefresh {
    return (request, retry) => this.chooseOf(this.groups[Math.min(retry, this.groups.length - 1)], request);
  }

  private chooseOf(group: Group | undefined, request: RequestView): Chosen {
    const total = group?.ends.at(-1) ?? 0;
    if (group === undefined || total === 0) return { cluster: "", entry: undefined };
    const fromHeader = this.header === 0 ? undefined : singleUint64(request.headers, this.header);
    const random = fromHeader ?? (this.hashPolicy === undefined ? undefined : hashOf(this.hashPolicy, request)) ?? request.random;
    const value = Number(random % BigInt(total));
    return { cluster: group.names[group.ends.findIndex((end) => value < end)] ?? "", entry: undefined };
  }
}

function compilePlugin(extension: TypedExtensionConfig | undefined, at: object, hashPolicy: HashPolicy | undefined, diagnostics: Diagnostics): ClusterChooser {
  const config = extension?.typed_config;
  const type = typeNameOf(config);
  if (type === MATCHER) return new MatchedCluster(config as MatcherClusterSpecifier, diagnostics);
  if (type === PRIORITY_GROUP) return new PriorityGroups(config as PriorityGroupClusterSpecifier, hashPolicy);
  diagnostics.report({ code: "LGT0901", at: config ?? at, message: `the cluster specifier ${type} is known to Envoy and not done by legate yet` });
  return NOBODY;
}

/** The chooser of an action that names a plugin, among those of the table, or holds one; undefined for other actions. */
export function compileClusterSpecifier(
  action: RouteAction, plugins: readonly ClusterSpecifierPlugin[], hashPolicy: HashPolicy | undefined, diagnostics: Diagnostics,
): ClusterChooser | undefined {
  const inline = action.inline_cluster_specifier_plugin;
  if (inline !== undefined) return compilePlugin(inline.extension, inline, hashPolicy, diagnostics);
  const name = action.cluster_specifier_plugin;
  if (name === undefined) return undefined;
  const plugin = plugins.findLast((each) => each.extension?.name === name);
  if (plugin !== undefined) return compilePlugin(plugin.extension, plugin, hashPolicy, diagnostics);
  diagnostics.report({ code: "LGT0556", at: action, key: "cluster_specifier_plugin", message: `unknown cluster specifier plugin name: ${name} is used in the route` });
  return NOBODY;
}
