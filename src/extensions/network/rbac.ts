/** Lets connections pass, or closes them, as policies say; shadow policies only count. */
import { fromWire } from "../../base/wire-text.ts";
import { optionalMs } from "../../base/duration.ts";
import { defineExtension } from "../../contract/extension.ts";
import type { Env } from "../../contract/env.ts";
import { Hold, type NetworkFilter, type NetworkHandle, type NetworkVerdict, Pass, PassForGood } from "../../contract/network-filter.ts";
import { ConnectionSubject } from "../../downstream/connection-subject.ts";
import { compileEngine, denialDetails, type Engine, honours as engine } from "../../match/rbac/engine.ts";
import { ALLOWED, DENIED, ENFORCED, SHADOW, SHADOW_ALLOWED, SHADOW_DENIED } from "../../match/rbac/rbac-stats.ts";
import type { Timer } from "../../platform/clock.ts";
import type { RBAC } from "../../schema/generated/envoy/extensions/filters/network/rbac/v3.ts";
import type { StatBlock } from "../../stats/stat-block.ts";

const CONFIG = "envoy.extensions.filters.network.rbac.v3.RBAC";
const NAMESPACE = "envoy.filters.network.rbac";

interface AccessPlan {
  readonly engine: Engine | null;
  readonly shadow: Engine | null;
  readonly shadowPrefix: string;
  /** With every chunk anew. */
  readonly continuous: boolean;
  readonly delayMs: number;
}

/** What the filters of one configuration share in a worker. */
interface Shared {
  readonly plan: AccessPlan;
  readonly env: Env;
  readonly enforced: StatBlock;
  readonly shadow: StatBlock;
}

class AccessFilter implements NetworkFilter {
  private readonly shared: Shared;
  private readonly handle: NetworkHandle;
  private timer: Timer | null = null;

  constructor(shared: Shared, handle: NetworkHandle) {
    this.shared = shared;
    this.handle = handle;
  }

  onData(): NetworkVerdict {
    if (this.timer !== null) return Hold;
    const { plan, env, enforced } = this.shared;
    const subject = new ConnectionSubject(this.handle, env);
    this.ask(plan, subject);
    const decision = plan.engine?.(subject) ?? null;
    if (decision === null || decision.allowed) {
      if (decision !== null) enforced.inc(ALLOWED);
      return plan.continuous ? Pass : PassForGood;
    }
    enforced.inc(DENIED);
    this.handle.info.connectionTermination = denialDetails(decision.policy);
    if (plan.delayMs > 0) {
      this.handle.conn.pause();
      this.timer = env.clock.after(plan.delayMs, () => this.deny());
    } else {
      this.deny();
    }
    return Hold;
  }

  onClose(): void {
    this.timer?.cancel();
  }

  private deny(): void {
    this.handle.close("rbac_deny_close");
  }

  /** Of the shadow policies only metadata and counts are left. */
  private ask({ shadow, shadowPrefix }: AccessPlan, subject: ConnectionSubject): void {
    const decision = shadow?.(subject) ?? null;
    if (decision === null) return;
    this.shared.shadow.inc(decision.allowed ? SHADOW_ALLOWED : SHADOW_DENIED);
    const fields: Record<string, unknown> = {};
    if (decision.policy !== "") fields[`${shadowPrefix}shadow_effective_policy_id`] = fromWire(decision.policy);
    fields[`${shadowPrefix}shadow_engine_result`] = decision.allowed ? "allowed" : "denied";
    this.handle.info.mergeMetadata(NAMESPACE, fields);
  }
}

function compileAccess(config: RBAC, diagnostics: Parameters<typeof compileEngine>[2]): AccessPlan {
  return {
    engine: compileEngine(config.rules, config.matcher, diagnostics), shadow: compileEngine(config.shadow_rules, config.shadow_matcher, diagnostics),
    shadowPrefix: config.shadow_rules_stat_prefix ?? "", continuous: config.enforcement_type === "CONTINUOUS", delayMs: optionalMs(config.delay_deny) ?? 0,
  };
}

export const networkRbac = defineExtension<"envoy.filters.network", RBAC>({
  category: "envoy.filters.network",
  name: "envoy.filters.network.rbac",
  config: CONFIG,
  honours: {
    [CONFIG]: ["rules", "matcher", "shadow_rules", "shadow_matcher", "shadow_rules_stat_prefix", "stat_prefix", "enforcement_type", "delay_deny"], ...engine,
  },
  compile(config, { diagnostics }) {
    const plan = compileAccess(config, diagnostics);
    const prefix = config.stat_prefix ?? "";
    return {
      open(env) {
        const shared: Shared = {
          plan, env, enforced: env.stats.block(`${prefix}rbac.`, ENFORCED), shadow: env.stats.block(`${prefix}rbac.${plan.shadowPrefix}`, SHADOW),
        };
        return { kind: "filter", create: (handle) => new AccessFilter(shared, handle) };
      },
    };
  },
});
