/** The event log of health checks: a line of JSON for each (`envoy.data.core.v3.HealthCheckEvent`, its fields in their order). */
import { toWire } from "../../base/wire-text.ts";
import type { LogSink, LogSource } from "../../contract/env.ts";
import type { HostSpec } from "../../contract/host-spec.ts";
import type { SocketAddress } from "../../platform/address.ts";
import type { Clock } from "../../platform/clock.ts";
import type { HealthCheck } from "../../schema/generated/envoy/config/core/v3.ts";
import type { CheckFailure } from "./check-probe.ts";

export class CheckEvents {
  private readonly sinks: readonly LogSink[];
  private readonly cluster: string;
  private readonly kind: string;
  private readonly clock: Clock;

  constructor(check: HealthCheck, cluster: string, clock: Clock, logs: LogSource) {
    const paths = [check.event_log_path ?? "", ...(check.event_logger ?? []).map(({ typed_config: config }) => (config as { event_log_path?: string } | undefined)?.event_log_path ?? "")];
    this.sinks = paths.filter((path) => path !== "").map((path) => logs.open(path));
    this.cluster = cluster;
    this.kind = check.http_health_check !== undefined ? "HTTP" : check.grpc_health_check !== undefined ? "GRPC" : "TCP";
    this.clock = clock;
  }

  ejected(host: HostSpec, { kind, status }: CheckFailure): void {
    this.write(host, { before: { eject_unhealthy_event: { failure_type: kind, http_status_code: status } } });
  }

  added(host: HostSpec, first: boolean): void {
    this.write(host, { before: { add_healthy_event: { first_check: first } } });
  }

  failed(host: HostSpec, { kind, status }: CheckFailure, first: boolean): void {
    this.write(host, { after: { health_check_failure_event: { failure_type: kind, first_check: first, http_status_code: status } } });
  }

  passed(host: HostSpec): void {
    this.write(host, { last: { successful_health_check_event: {} } });
  }

  degraded(host: HostSpec, degraded: boolean): void {
    this.write(host, { after: degraded ? { degraded_healthy_host: {} } : { no_longer_degraded_host: {} } });
  }

  private write(host: HostSpec, { before = {}, after = {}, last = {} }: { before?: object; after?: object; last?: object }): void {
    if (this.sinks.length === 0) return;
    const line = JSON.stringify({
      health_checker_type: this.kind, host: addressEvent(host.address), cluster_name: this.cluster, ...before, timestamp: new Date(this.clock.wall()).toISOString(), ...after,
      ...(host.metadata === undefined ? {} : { metadata: { filter_metadata: host.metadata, typed_filter_metadata: {} } }),
      locality: { region: host.locality.region, zone: host.locality.zone, sub_zone: host.locality.sub_zone }, ...last,
    });
    for (const sink of this.sinks) sink.write(toWire(`${line}\n`));
  }
}

function addressEvent(address: SocketAddress): object {
  if (address.kind === "pipe") return { pipe: { path: address.path, mode: 0 } };
  return { socket_address: { protocol: "TCP", address: address.ip, port_value: address.port, resolver_name: "", ipv4_compat: false, network_namespace_filepath: "" } };
}
