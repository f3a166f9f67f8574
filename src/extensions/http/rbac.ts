/** Lets requests pass, or denies them, as policies say; shadow policies only count. */
import { fromWire } from "../../base/wire-text.ts";
import { defineExtension } from "../../contract/extension.ts";
import type { Env } from "../../contract/env.ts";
import { Continue, type HttpFilter, StopIteration, type StreamHandle, type Verdict } from "../../contract/http-filter.ts";
import type { Diagnostics } from "../../diagnostics/finding.ts";
import { RequestSubject } from "../../downstream/request-subject.ts";
import { compileEngine, type Decision, denialDetails, type Engine, honours as engine } from "../../match/rbac/engine.ts";
import { ALLOWED, DENIED, ENFORCED, SHADOW, SHADOW_ALLOWED, SHADOW_DENIED } from "../../match/rbac/rbac-stats.ts";
import type { RBAC, RBACPerRoute } from "../../schema/generated/envoy/extensions/filters/http/rbac/v3.ts";
import { COUNTER } from "../../stats/shape.ts";
import type { StatBlock } from "../../stats/stat-block.ts";

const PACKAGE = "envoy.extensions.filters.http.rbac.v3";
const NAMESPACE = "envoy.filters.http.rbac";

interface AccessPlan {
  readonly engine: Engine | null;
  readonly shadow: Engine | null;
  /** Of keys of metadata, and of statistics. */
  readonly prefix: string;
  readonly shadowPrefix: string;
  readonly countsPolicies: boolean;
  /** What decisions tell as metadata, by shadow decision and then by decision: few, and made once. */
  readonly told: Map<Decision | null, Map<Decision | null, Readonly<Record<string, unknown>>>>;
}

function compileAccess(config: RBAC | undefined, diagnostics: Diagnostics): AccessPlan {
  return {
    engine: compileEngine(config?.rules, config?.matcher, diagnostics), shadow: compileEngine(config?.shadow_rules, config?.shadow_matcher, diagnostics),
    prefix: config?.rules_stat_prefix ?? "", shadowPrefix: config?.shadow_rules_stat_prefix ?? "", countsPolicies: config?.track_per_rule_stats === true, told: new Map(),
  };
}

/** What the filters of one configuration share in a worker. */
interface Shared {
  readonly plan: AccessPlan;
  readonly env: Env;
  readonly enforced: StatBlock;
  readonly shadow: StatBlock;
}

class AccessFilter implements HttpFilter {
  private readonly shared: Shared;
  private readonly handle: StreamHandle;

  constructor(shared: Shared, handle: StreamHandle) {
    this.shared = shared;
    this.handle = handle;
  }

  decodeHeaders(): Verdict {
    const { plan: own, env } = this.shared;
    const plan = (this.handle.routeConfig() as AccessPlan | null) ?? own;
    if (plan.engine === null && plan.shadow === null) return Continue;
    const subject = new RequestSubject(this.handle, env);
    const shadow = plan.shadow?.(subject) ?? null;
    if (shadow !== null) this.countShadow(shadow, plan);
    const decision = plan.engine?.(subject) ?? null;
    if (decision?.logged !== undefined) this.handle.info.mergeMetadata("envoy.common", { access_log_hint: decision.logged });
    const metadata = this.metadata(plan, shadow, decision);
    if (decision === null || decision.allowed) {
      if (decision !== null) this.count(decision, ALLOWED, ".allowed", plan);
      this.handle.info.mergeMetadata(NAMESPACE, metadata);
      return Continue;
    }
    this.count(decision, DENIED, ".denied", plan);
    this.deny(decision, metadata);
    return StopIteration;
  }

  /** As in Envoy, the metadata is there for the log, and not yet for the reply's headers. */
  private deny(decision: Decision, metadata: Readonly<Record<string, unknown>>): void {
    this.handle.localReply({
      status: 403, body: "RBAC: access denied", details: denialDetails(decision.policy), modify: () => this.handle.info.mergeMetadata(NAMESPACE, metadata),
    });
  }

  private count({ policy }: Decision, place: number, suffix: string, plan: AccessPlan): void {
    const { enforced } = this.shared;
    enforced.inc(place);
    if (plan.countsPolicies && policy !== "") enforced.child(`policy.${policy}${suffix}`, COUNTER).inc(0);
  }

  private countShadow({ allowed, policy }: Decision, plan: AccessPlan): void {
    const { shadow } = this.shared;
    shadow.inc(allowed ? SHADOW_ALLOWED : SHADOW_DENIED);
    if (plan.countsPolicies && policy !== "") shadow.child(`policy.${policy}${allowed ? ".shadow_allowed" : ".shadow_denied"}`, COUNTER).inc(0);
  }

  private metadata(plan: AccessPlan, shadow: Decision | null, enforced: Decision | null): Readonly<Record<string, unknown>> {
    const byShadow = plan.told.get(shadow) ?? new Map<Decision | null, Readonly<Record<string, unknown>>>();
    const known = byShadow.get(enforced);
    if (known !== undefined) return known;
    const fields: Record<string, unknown> = {};
    const { plan: own } = this.shared;
    if (shadow !== null) tell(fields, `${plan.shadowPrefix || own.shadowPrefix}shadow_`, shadow);
    if (enforced !== null) tell(fields, `${plan.prefix || own.prefix}enforced_`, enforced);
    plan.told.set(shadow, byShadow.set(enforced, fields));
    return fields;
  }
}

function tell(fields: Record<string, unknown>, prefix: string, { allowed, policy }: Decision): void {
  if (policy !== "") fields[`${prefix}effective_policy_id`] = fromWire(policy);
  fields[`${prefix}engine_result`] = allowed ? "allowed" : "denied";
}

/** `prefix.name.` as Envoy joins them. */
function joined(prefix: string, name: string): string {
  return name === "" || name.endsWith(".") ? prefix + name : `${prefix}${name}.`;
}

export const rbac = defineExtension<"envoy.filters.http", RBAC, RBACPerRoute>({
  category: "envoy.filters.http",
  name: "envoy.filters.http.rbac",
  config: `${PACKAGE}.RBAC`,
  offline: true,
  honours: {
    [`${PACKAGE}.RBAC`]: ["rules", "rules_stat_prefix", "matcher", "shadow_rules", "shadow_matcher", "shadow_rules_stat_prefix", "track_per_rule_stats"], [`${PACKAGE}.RBACPerRoute`]: ["rbac"], ...engine,
  },
  compile(config, { diagnostics, statPrefix }) {
    const plan = compileAccess(config, diagnostics);
    return {
      open(env) {
        const shared: Shared = {
          plan, env, enforced: env.stats.block(joined(`${statPrefix}rbac.`, plan.prefix), ENFORCED), shadow: env.stats.block(joined(`${statPrefix}rbac.`, plan.shadowPrefix), SHADOW),
        };
        return (handle) => new AccessFilter(shared, handle);
      },
    };
  },
  routeType: `${PACKAGE}.RBACPerRoute`,
  compileRoute: (config, { diagnostics }): AccessPlan => compileAccess(config.rbac, diagnostics),
});
