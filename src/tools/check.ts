import { Registry, type CompileContext, type Extension } from "../contract/extension.ts";
import type { Diagnostics } from "../diagnostics/finding.ts";
import type { Origins } from "../diagnostics/origins.ts";
import { checkResources } from "../resources/check.ts";
import { surroundingsOf } from "../resources/configuration.ts";
import { gatherResources } from "../resources/gather.ts";
import { coverageOf } from "../resources/honours.ts";
import { BOOTSTRAP, KINDS } from "../resources/kind.ts";
import { liftRouteTables } from "../resources/lift-route-tables.ts";
import type { LoadedMessage } from "../resources/load.ts";
import { checkContext, MESSAGE_CHECKS } from "../resources/message-checks.ts";
import { withRegexLimit } from "../resources/regex-checks.ts";
import type { Resource } from "../resources/resource.ts";
import type { Bootstrap } from "../schema/generated/envoy/config/bootstrap/v3.ts";
import type { Listener } from "../schema/generated/envoy/config/listener/v3.ts";
import type { Check } from "./validate.ts";

/**
 * Compiles every resource of a document as `serve` would, for what it finds. Nothing is opened: files that the document subscribes
 * to count as empty. Without a bootstrap it is not known which clusters there are, so none is missed.
 */
export function compileCheck(extensions: readonly Extension[]): Check {
  const registry = new Registry(extensions);
  const coverage = coverageOf(registry);
  return (messages, diagnostics, origins) => {
    const bootstrap = messages.find((m) => m.type === BOOTSTRAP)?.message as Bootstrap | undefined;
    const resources = [...(bootstrap === undefined ? [] : staticResources(bootstrap, diagnostics, origins)), ...messages.flatMap((m) => standing(m, origins))];
    const context: CompileContext = { diagnostics: withRegexLimit(diagnostics, bootstrap), registry, statPrefix: "", surroundings: surroundingsOf(bootstrap ?? {}, { serviceCluster: "", nodeId: "" }) };
    checkResources(bootstrap ?? {}, resources, context);
    const facts = { ...checkContext(bootstrap, resources, context), nodeMayFollow: true };
    for (const { type, message } of messages) {
      MESSAGE_CHECKS.run(type, message, facts);
      coverage.check(type, message, diagnostics);
    }
  };
}

const NOTHING = new TextEncoder().encode('{"resources": []}');

function staticResources(bootstrap: Bootstrap, diagnostics: Diagnostics, origins: Origins): readonly Resource[] {
  return gatherResources(bootstrap, "", { origins, diagnostics, read: () => ({ name: "unread.json", bytes: NOTHING }), unknownDynamicFields: "ignore" }).resources;
}

/** A message that stands for itself, outside a bootstrap. */
function standing({ type, message }: LoadedMessage, origins: Origins): Resource[] {
  const kind = (["cluster", "endpoints", "route", "listener"] as const).find((k) => KINDS[k] === type);
  if (kind === undefined) return [];
  const resource = (of: Resource["type"], content: object, written: object | null = content): Resource => ({ type: of, name: nameOf(content), message: content, written, source: "", fixed: false });
  if (kind !== "listener") return [resource(kind, message)];
  const lifted = liftRouteTables(message as Listener, origins);
  return [...lifted.tables.map((table) => resource("route", table.message, null)), resource("listener", lifted.listener, message)];
}

function nameOf(message: object): string {
  const { name, cluster_name: cluster } = message as { readonly name?: string; readonly cluster_name?: string };
  return name ?? cluster ?? "";
}
