/** Role-based access control: policies, or a matcher tree, that say whether a request or a connection may pass. Used by the HTTP and the network filter. */
import { toWire } from "../../base/wire-text.ts";
import type { Diagnostics } from "../../diagnostics/finding.ts";
import type { Policy, RBAC, RBAC_Action } from "../../schema/generated/envoy/config/rbac/v3.ts";
import type { Any } from "../../schema/generated/google/protobuf.ts";
import type { Matcher } from "../../schema/generated/xds/type/matcher/v3.ts";
import { STREAM_ATTRIBUTES } from "../cel/attributes.ts";
import { compileExpression } from "../cel/expression.ts";
import { compileInputTree, honours as inputTree } from "../inputs/input-tree.ts";
import { typeNameOf } from "../inputs/inputs.ts";
import type { MatchSubject } from "../inputs/subject.ts";
import { compilePermission, honours as permission } from "./permission.ts";
import { compilePrincipal, honours as principal } from "./principal.ts";
import { all, any, NEVER, type Rule, honours as rule } from "./rule.ts";

const ACTION = "envoy.config.rbac.v3.Action";

export const honours = {
  "envoy.config.rbac.v3.RBAC": ["action", "policies"], "envoy.config.rbac.v3.Policy": ["permissions", "principals", "condition", "checked_condition", "cel_config"], [ACTION]: ["name", "action"],
  "envoy.config.core.v3.CelExpressionConfig": ["enable_string_conversion", "enable_string_concat"], "google.api.expr.v1alpha1.CheckedExpr": ["expr"],
  ...permission, ...principal, ...rule, ...inputTree,
} as const;

/** What an engine says of one subject. */
export interface Decision {
  readonly allowed: boolean;
  /** In wire form; "": no policy matched. */
  readonly policy: string;
  /** For access logs; undefined: this engine does not say. */
  readonly logged: boolean | undefined;
}

/** Decisions are made once and shared: deciding allocates nothing. */
export type Engine = (subject: MatchSubject) => Decision;

function compileCondition(policy: Policy, diagnostics: Diagnostics): Rule | undefined {
  const expression = policy.condition ?? policy.checked_condition?.expr;
  if (expression === undefined) return undefined;
  const { enable_string_concat: concatenates = false, enable_string_conversion: converts = false } = policy.cel_config ?? {};
  const program = compileExpression(expression, STREAM_ATTRIBUTES, { at: policy, key: "condition", diagnostics }, { concatenates, converts });
  return program === undefined ? NEVER : ({ facts }) => program(facts) === true;
}

function compilePolicy(policy: Policy, diagnostics: Diagnostics): Rule {
  const permissions = any((policy.permissions ?? []).map((one) => compilePermission(one, diagnostics)));
  const principals = any((policy.principals ?? []).map((one) => compilePrincipal(one, diagnostics)));
  const condition = compileCondition(policy, diagnostics);
  return all(condition === undefined ? [permissions, principals] : [permissions, principals, condition]);
}

function decisionOf(action: RBAC_Action, matched: boolean, policy: string): Decision {
  if (action === "LOG") return { allowed: true, policy, logged: matched };
  return { allowed: matched === (action === "ALLOW"), policy, logged: undefined };
}

/** The policies in the order of their names, as Envoy keeps them: the first that matches counts. */
function compilePolicies(config: RBAC, diagnostics: Diagnostics): Engine {
  const action = config.action ?? "ALLOW";
  const policies = Object.entries(config.policies ?? {}).map(([name, policy]) => ({ name: toWire(name), rule: compilePolicy(policy, diagnostics) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, rule }) => ({ rule, decision: decisionOf(action, true, name) }));
  const none = decisionOf(action, false, "");
  return (subject) => {
    for (const { rule, decision } of policies) if (rule(subject)) return decision;
    return none;
  };
}

function compileTree(config: Matcher, diagnostics: Diagnostics): Engine {
  const actions: { readonly name: string; readonly action: RBAC_Action }[] = [];
  const compileAction = (typed: Any, at: object): { decision: Decision } | undefined => {
    if (typeNameOf(typed) !== ACTION) {
      diagnostics.report({ code: "LGT0406", at, key: "typed_config", message: `${typeNameOf(typed)} is not an action of role-based access control` });
      return undefined;
    }
    const action = { name: toWire(String(typed["name"] ?? "")), action: (typed["action"] as RBAC_Action | undefined) ?? "ALLOW" };
    actions.push(action);
    return { decision: { allowed: action.action !== "DENY", policy: action.name, logged: action.action === "LOG" } };
  };
  const tree = compileInputTree(config, compileAction, diagnostics);
  // Without any LOG in the tree nothing is said of logs.
  const says = actions.some(({ action }) => action === "LOG");
  const denied: Decision = { allowed: false, policy: "", logged: undefined };
  const silent = new Map<Decision, Decision>();
  return (subject) => {
    const decision = tree(subject)?.decision ?? denied;
    if (says || decision.logged === undefined) return decision;
    const quiet = silent.get(decision) ?? { ...decision, logged: undefined };
    silent.set(decision, quiet);
    return quiet;
  };
}

/** Compiles a matcher, or else rules; null where there is neither. */
export function compileEngine(rules: RBAC | undefined, matcher: Matcher | undefined, diagnostics: Diagnostics): Engine | null {
  if (matcher !== undefined) return compileTree(matcher, diagnostics);
  return rules === undefined ? null : compilePolicies(rules, diagnostics);
}

/** `%RESPONSE_CODE_DETAILS%`, or the reason a connection is closed, of a denial. */
export function denialDetails(policy: string): string {
  return `rbac_access_denied_matched_policy[${(policy === "" ? "none" : policy).replace(/[ \t\n\v\f\r]/g, "_")}]`;
}
