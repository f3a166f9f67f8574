/** A retry does not go to a canary: a host whose metadata under `envoy.lb` says `canary: true`. */
import { defineExtension } from "../../contract/extension.ts";
import type { RetryHostPredicate } from "../../contract/retry-host.ts";

const OMIT_CANARIES: RetryHostPredicate = {
  attempted: () => undefined,
  rejects: (host) => host.metadata["envoy.lb"]?.["canary"] === true,
};

export const omitCanaryHosts = defineExtension<"envoy.retry_host_predicates", object>({
  category: "envoy.retry_host_predicates",
  name: "envoy.retry_host_predicates.omit_canary_hosts",
  config: "envoy.extensions.retry.host.omit_canary_hosts.v3.OmitCanaryHostsPredicate",
  honours: { "envoy.extensions.retry.host.omit_canary_hosts.v3.OmitCanaryHostsPredicate": [] },
  compile: () => ({ open: () => () => OMIT_CANARIES }),
});
