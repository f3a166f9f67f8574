/** Every message of a configuration, wherever it stands, is held to the checks of its type, and its extensions to the list of Envoy's. */
import { EXTENSION_POINTS } from "../contract/extension-points.ts";
import type { CheckContext, MessageCheck } from "../contract/message-check.ts";
import { contentOf } from "../schema/anys.ts";
import { type Field, typeOf, V3 } from "../schema/table.ts";
import { checkExtensions } from "./check-extensions.ts";

/** Fields that carry messages of which Envoy makes nothing, or not when it validates. */
const PAYLOADS: ReadonlySet<string> = new Set([
  "envoy.config.core.v3.Metadata.typed_filter_metadata",
  "envoy.config.bootstrap.v3.Bootstrap.fatal_actions",
  "envoy.config.bootstrap.v3.Bootstrap.tracing",
  "envoy.config.bootstrap.v3.Bootstrap.typed_dns_resolver_config",
  "envoy.config.bootstrap.v3.Bootstrap.watchdog",
  "envoy.config.bootstrap.v3.Bootstrap.watchdogs",
  "envoy.extensions.filters.http.set_metadata.v3.Metadata.typed_value",
]);

/** What there is to do for each message of a type. */
interface TypePlan {
  readonly checks: readonly MessageCheck[];
  /** It may carry extensions. */
  readonly extends: boolean;
  /** Its fields that hold messages. */
  readonly below: ReadonlyMap<string, Field>;
}

function typePlan(type: string, checks: readonly MessageCheck[]): TypePlan | undefined {
  const fields = V3.message(type)?.fields.filter(({ shape, name }) => (shape === "message" || shape === "any") && !PAYLOADS.has(`${type}.${name}`));
  return fields && { checks, extends: EXTENSION_POINTS[type] !== undefined, below: new Map(fields.map((field) => [field.name, field])) };
}

export class MessageChecks {
  private readonly byType = new Map<string, MessageCheck[]>();
  private readonly plans = new Map<string, TypePlan | undefined>();

  constructor(checks: readonly MessageCheck[]) {
    for (const check of checks) {
      const list = this.byType.get(check.type);
      if (list === undefined) this.byType.set(check.type, [check]);
      else list.push(check);
    }
  }

  /** Checks `message` and all messages in it. */
  run(type: string, message: object, context: CheckContext): void {
    const plan = this.planOf(type);
    if (plan === undefined) return;
    for (const check of plan.checks) check.check(message as never, context);
    if (plan.extends) checkExtensions(type, message, context.diagnostics);
    for (const key in message) {
      const field = plan.below.get(key);
      const value = field === undefined ? undefined : (message as Record<string, unknown>)[key];
      if (field !== undefined && typeof value === "object" && value !== null) this.runField(field, value, context);
    }
  }

  private planOf(type: string): TypePlan | undefined {
    let plan = this.plans.get(type);
    if (plan === undefined && !this.plans.has(type)) this.plans.set(type, plan = typePlan(type, this.byType.get(type) ?? []));
    return plan;
  }

  private runField(field: Field, value: object, context: CheckContext): void {
    if (!field.list && field.mapKey === undefined) this.runOne(field, value, context);
    else for (const item of Object.values(value)) if (typeof item === "object" && item !== null) this.runOne(field, item as object, context);
  }

  private runOne(field: Field, value: object, context: CheckContext): void {
    const type = field.shape === "any" ? typeOf(String((value as { readonly "@type"?: string })["@type"])) : field.type;
    if (type === undefined) return;
    this.run(type, value, context);
    const content = contentOf(value);
    if (content !== undefined) this.run(content.type, content.message, context);
  }
}
