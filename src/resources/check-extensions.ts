/** Each extension that a message carries must be one that Envoy has, of a category that belongs there. */
import { EXTENSION_POINTS } from "../contract/extension-points.ts";
import { type Carrier, TYPED_STRUCTS } from "../contract/find-extension.ts";
import type { Diagnostics } from "../diagnostics/finding.ts";
import { categoriesOf, extensionByType } from "../schema/extensions.ts";
import { typeOf, V3 } from "../schema/table.ts";

interface AnyMessage {
  readonly "@type"?: string;
  readonly type_url?: string;
}

/** Envoy has it on one system only and takes its default resolver elsewhere. */
const TOLERATED = "envoy.extensions.network.dns_resolver.apple.v3.AppleDnsResolverConfig";

const FILTER_CONFIG = "envoy.config.route.v3.FilterConfig";

/** Looks at the fields of `message` itself, not at the messages in it. */
export function checkExtensions(type: string, message: object, diagnostics: Diagnostics): void {
  const points = EXTENSION_POINTS[type];
  if (points === undefined) return;
  for (const key in points) {
    const categories = points[key] ?? [];
    const value = (message as Record<string, unknown>)[key];
    if (key === "typed_config" && V3.message(type)?.byName.get(key)?.shape === "any") checkCarrier(message, categories, diagnostics);
    else if (value !== undefined) checkPoint(message, key, value as object, categories, diagnostics);
  }
}

function checkPoint(message: object, key: string, value: object, categories: readonly string[], diagnostics: Diagnostics): void {
  if (key === "typed_per_filter_config") checkOverrides(value, categories, diagnostics);
  else if (Array.isArray(value)) for (const item of value as readonly object[]) checkCarrier(item, categories, diagnostics);
  else if ((value as AnyMessage)["@type"] === undefined) checkCarrier(value, categories, diagnostics);
  else checkAny(message, key, value, categories, diagnostics);
}

/** Filters whose configuration is discovered have none to look at, and Envoy goes on without what is optional. */
function checkCarrier(carrier: Carrier & { readonly config_discovery?: object; readonly is_optional?: boolean }, categories: readonly string[], diagnostics: Diagnostics): void {
  if (carrier.config_discovery !== undefined || carrier.is_optional === true) return;
  if (carrier.typed_config !== undefined && carrier.typed_config["@type"] !== "") return checkAny(carrier, "typed_config", carrier.typed_config, categories, diagnostics);
  diagnostics.report({
    code: "LGT0403", at: carrier, key: "name",
    message: `${carrier.name === undefined ? "this extension" : `'${carrier.name}'`} has no typed_config; its type, not its name, decides what it is`,
  });
}

/** A wrapper may say that the filter is optional, or only whether it is enabled. */
function checkOverrides(map: object, categories: readonly string[], diagnostics: Diagnostics): void {
  for (const [name, any] of Object.entries(map) as [string, AnyMessage][]) {
    if (any["@type"] === "") {
      diagnostics.report({ code: "LGT0403", at: map, key: name, message: `the configuration of '${name}' has no "@type", which decides what it is` });
      continue;
    }
    if (typeOf(any["@type"] ?? "") !== FILTER_CONFIG) {
      checkAny(map, name, any, categories, diagnostics);
      continue;
    }
    const { config, disabled, is_optional: optional } = any as { config?: AnyMessage; disabled?: boolean; is_optional?: boolean };
    if (disabled !== true && optional !== true && config !== undefined && (config["@type"] ?? "") !== "") checkAny(any, "config", config, categories, diagnostics);
  }
}

function checkAny(at: object, key: string, any: AnyMessage, categories: readonly string[], diagnostics: Diagnostics): void {
  const outer = typeOf(any["@type"] ?? "") ?? "";
  const type = TYPED_STRUCTS.has(outer) ? (typeOf(any.type_url ?? "") ?? any.type_url ?? "") : outer;
  if (outer === type && V3.message(type)?.file.linked !== true) return; // was reported when it was decoded
  if (type === TOLERATED || categories.some((category) => extensionByType(category, type) !== undefined)) return;
  const [other] = categoriesOf(type);
  const here = categories.join(", ");
  diagnostics.report({
    code: "LGT0402", at, key,
    message: other === undefined ? `${type} is not the configuration of an extension in ${here}` : `${type} belongs to ${other}, not to ${here}`,
  });
}
