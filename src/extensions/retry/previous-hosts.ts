/** A retry goes to a host that this request has not been at, as far as the choices allowed find one. */
import { defineExtension } from "../../contract/extension.ts";
import type { Host } from "../../contract/host.ts";
import type { RetryHostPredicate } from "../../contract/retry-host.ts";

class PreviousHosts implements RetryHostPredicate {
  private readonly hosts: Host[] = [];

  attempted(host: Host): void {
    this.hosts.push(host);
  }

  rejects(host: Host): boolean {
    return this.hosts.includes(host);
  }
}

export const previousHosts = defineExtension<"envoy.retry_host_predicates", object>({
  category: "envoy.retry_host_predicates",
  name: "envoy.retry_host_predicates.previous_hosts",
  config: "envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate",
  honours: { "envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate": [] },
  compile: () => ({ open: () => () => new PreviousHosts() }),
});
