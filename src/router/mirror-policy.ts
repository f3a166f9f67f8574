/** Request mirroring as data: which clusters get a copy of a request (config_impl.cc ShadowPolicyImpl). */
import { toWire } from "../base/wire-text.ts";
import type { Diagnostics } from "../diagnostics/finding.ts";
import { nameId } from "../http/names.ts";
import type { Fraction } from "../match/fraction.ts";
import { ALL_OF_IT, currentFraction, fractionOf, isInFraction } from "../match/fraction.ts";
import { compileHeaderEdits, type HeaderEdits } from "./header-edits.ts";
import type { RequestView } from "../contract/request-view.ts";
import type { RouteAction_RequestMirrorPolicy } from "../schema/generated/envoy/config/route/v3.ts";

export const honours = {
  "envoy.config.route.v3.RouteAction": ["request_mirror_policies"],
  "envoy.config.route.v3.VirtualHost": ["request_mirror_policies"],
  "envoy.config.route.v3.RouteConfiguration": ["request_mirror_policies"],
  "envoy.config.route.v3.RouteAction.RequestMirrorPolicy": ["cluster", "cluster_header", "runtime_fraction", "disable_shadow_host_suffix_append", "host_rewrite_literal", "trace_sampled", "request_headers_mutations"],
} as const;

export interface MirrorPolicy {
  readonly message: RouteAction_RequestMirrorPolicy;
  /** `""` if a header names the cluster. */
  readonly cluster: string;
  readonly header: number;
  readonly runtimeKey: string;
  readonly fraction: Fraction;
  readonly hostRewrite: string;
  /** Of the copy, before its host is rewritten. */
  readonly edits: HeaderEdits;
  /** Whether the host gets `-shadow`. */
  readonly appendShadow: boolean;
}

/** The cluster that gets a copy of this request, `""` if none does. */
export function mirrorCluster(policy: MirrorPolicy, request: RequestView): string {
  if (!isInFraction(currentFraction(request.runtime, policy.runtimeKey, policy.fraction), request.random)) return "";
  return policy.header === 0 ? policy.cluster : (request.headers.get(policy.header) ?? "");
}

function compilePolicy(message: RouteAction_RequestMirrorPolicy, diagnostics: Diagnostics): MirrorPolicy {
  const { cluster = "", cluster_header: header = "", host_rewrite_literal: host = "" } = message;
  if ((cluster === "") === (header === "")) {
    const text = cluster === "" ? "exactly one of cluster or cluster_header in request mirror policy need to be specified"
      : `only one of cluster '${cluster}' or cluster_header '${header}' in request mirror policy can be specified`;
    diagnostics.report({ code: "LGT0555", at: message, message: text });
  }
  const fraction = message.runtime_fraction;
  return {
    message,
    cluster: toWire(cluster),
    header: header === "" ? 0 : nameId(header),
    runtimeKey: fraction?.runtime_key ?? "",
    fraction: fraction === undefined ? ALL_OF_IT : fractionOf(fraction.default_value),
    hostRewrite: toWire(host),
    edits: compileHeaderEdits(message.request_headers_mutations, diagnostics),
    appendShadow: message.disable_shadow_host_suffix_append !== true && host === "",
  };
}

export function compileMirrorPolicies(messages: readonly RouteAction_RequestMirrorPolicy[] | undefined, diagnostics: Diagnostics): MirrorPolicy[] {
  return (messages ?? []).map((message) => compilePolicy(message, diagnostics));
}
