/**
 * Values that the API's documentation names as what an unset field means, for fields that can tell unset from set
 * (wrappers, durations). An explicit default of this table and an absent field are the same. By message, then field.
 */
const DOCUMENTED: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "envoy.config.bootstrap.v3.Bootstrap": { stats_flush_interval: seconds(5) },
  "envoy.config.cluster.v3.Cluster": { connect_timeout: seconds(5), per_connection_buffer_limit_bytes: 1_048_576, dns_refresh_rate: seconds(5) },
  "envoy.config.cluster.v3.Cluster.RingHashLbConfig": { minimum_ring_size: 1024, maximum_ring_size: 8_388_608 },
  "envoy.config.cluster.v3.Cluster.MaglevLbConfig": { table_size: 65_537 },
  "envoy.config.cluster.v3.Cluster.LeastRequestLbConfig": { choice_count: 2 },
  "envoy.config.cluster.v3.CircuitBreakers.Thresholds": { max_connections: 1024, max_pending_requests: 1024, max_requests: 1024, max_retries: 3 },
  "envoy.config.cluster.v3.OutlierDetection": {
    consecutive_5xx: 5, interval: seconds(10), base_ejection_time: seconds(30), max_ejection_time: seconds(300), max_ejection_percent: 10,
    enforcing_consecutive_5xx: 100, enforcing_success_rate: 100, success_rate_minimum_hosts: 5, success_rate_request_volume: 100,
    success_rate_stdev_factor: 1900, consecutive_gateway_failure: 5, enforcing_consecutive_gateway_failure: 0,
    consecutive_local_origin_failure: 5, enforcing_consecutive_local_origin_failure: 100, enforcing_local_origin_success_rate: 100,
    failure_percentage_threshold: 85, enforcing_failure_percentage: 0, enforcing_failure_percentage_local_origin: 0,
    failure_percentage_minimum_hosts: 5, failure_percentage_request_volume: 50, max_ejection_time_jitter: seconds(0),
  },
  "envoy.config.endpoint.v3.ClusterLoadAssignment.Policy": { overprovisioning_factor: 140 },
  "envoy.config.endpoint.v3.LbEndpoint": { load_balancing_weight: 1 },
  "envoy.config.core.v3.HealthCheck": { reuse_connection: true },
  "envoy.config.core.v3.HttpProtocolOptions": { idle_timeout: seconds(3600) },
  "envoy.config.listener.v3.Listener": { per_connection_buffer_limit_bytes: 1_048_576, listener_filters_timeout: seconds(15), enable_reuse_port: true },
  "envoy.config.route.v3.RouteConfiguration": { max_direct_response_body_size_bytes: 4096 },
  "envoy.config.route.v3.RouteAction": { timeout: seconds(15) },
  "envoy.config.route.v3.RouteMatch": { case_sensitive: true },
  "envoy.config.route.v3.RetryPolicy": { num_retries: 1 },
  "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager": {
    stream_idle_timeout: seconds(300), drain_timeout: seconds(5), delayed_close_timeout: seconds(1), max_request_headers_kb: 60,
    generate_request_id: true, use_remote_address: false, add_user_agent: false,
  },
};

function seconds(count: number): { readonly seconds: number; readonly nanos: number } {
  return { seconds: count, nanos: 0 };
}

/** True if an unset field means the same as this value. (Scalars that equal their proto default are never in a decoded message.) */
export function isDocumentedDefault(type: string, field: string, value: unknown): boolean {
  const fallback = DOCUMENTED[type]?.[field];
  return fallback !== undefined && JSON.stringify(fallback) === JSON.stringify(value);
}
