import { type TagExtractor, regexTag, tokenTag } from "./tags.ts";

const ADDRESS = String.raw`(?:(?:\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[[a-fA-F_\d]+\])_\d+)`;
const TOKEN = String.raw`[^\.]+`;
const OWNER = String.raw`(?:listener|cluster)\..*?`;

/** A pattern with its places filled in: A an address with its port, T a token, O a listener's or cluster's name. */
function pattern(text: string): RegExp {
  return new RegExp(text.replace(/<([ATO])>/g, (_, place: string) => (place === "A" ? ADDRESS : place === "T" ? TOKEN : OWNER)), "d");
}

/** Envoy's default tags (`well_known_names.cc`), in its order: those by regular expression, then those by tokens. */
export const DEFAULT_TAGS: readonly TagExtractor[] = [
  regexTag("envoy.response_code", pattern(String.raw`_rq(_(\d{3}))$`), "_rq_"),
  regexTag("envoy.response_code_class", pattern(String.raw`_rq_((\d))xx$`), "_rq_"),
  regexTag("envoy.dynamo_partition_id", pattern(String.raw`^http\.<T>\.dynamodb\.table\.<T>\.capacity\.<T>(\.__partition_id=(\w{7}))$`), ".dynamodb.table."),
  regexTag("envoy.dynamo_operation", pattern(String.raw`^http\.<T>\.dynamodb.(?:operation|table\.<T>\.capacity)(\.(<T>))(?:\.|$)`), ".dynamodb."),
  regexTag("envoy.dynamo_table", pattern(String.raw`^http\.<T>\.dynamodb.(?:table|error)\.((<T>)\.)`), ".dynamodb."),
  regexTag("envoy.ssl_cipher", pattern(String.raw`^listener\..*?\.ssl\.ciphers(\.([\w-]+))$`), ".ssl.ciphers."),
  regexTag("envoy.ssl_curve", pattern(String.raw`^<O>\.ssl\.curves(\.([\w-]+))$`), ".ssl.curves."),
  regexTag("envoy.ssl_sigalg", pattern(String.raw`^<O>\.ssl\.sigalgs(\.([\w-]+))$`), ".ssl.sigalgs."),
  regexTag("envoy.ssl_version", pattern(String.raw`^<O>\.ssl\.versions(\.(TLSv\d\.\d))$`), ".ssl.versions."),
  regexTag("cipher_suite", pattern(String.raw`^cluster\.<T>\.ssl\.ciphers(\.([\w-]+))$`), ".ssl.ciphers."),
  regexTag("envoy.http_conn_manager_prefix", pattern(String.raw`^listener\..*?\.http\.((<T>)\.)`), ".http."),
  regexTag("envoy.worker_id", pattern(String.raw`^(?:listener\.(?:<A>|<T>)|server|listener_manager|thread_local_cluster_manager)\.worker_((\d+)\.)`)),
  regexTag("envoy.listener_address", pattern(String.raw`^listener\.((<A>|<T>)\.)`), "", "admin"),
  regexTag("envoy.rds_route_config", pattern(String.raw`^http\.<T>\.rds\.(([\w-\./]+)\.)\w+?$`), ".rds."),
  regexTag("envoy.scoped_rds_config", pattern(String.raw`^http\.<T>\.scoped_rds\.(([\w-\.]+)\.)\w+?$`), ".scoped_rds."),
  regexTag("envoy.rbac_policy_name", pattern(String.raw`^http\.<T>\.rbac\.(?:<T>\.)?policy\.((<T>)\.)(allowed|shadow_allowed|denied|shadow_denied)$`)),
  regexTag("envoy.rbac_http_prefix", pattern(String.raw`^http\.<T>\.rbac\.((<T>)\.).*?`), "", "policy"),
  regexTag("envoy.proxy_protocol_prefix", pattern(String.raw`^proxy_proto\.((<T>)\.).+$`), "", "versions"),
  regexTag("envoy.proxy_protocol_version", pattern(String.raw`^proxy_proto\.((?:<T>\.)?versions\.v(\d)\.)\w+$`)),
  regexTag("envoy.tls_certificate", pattern(String.raw`^<O>\.ssl\.certificate\.((<T>)\.).*$`), ".ssl.certificate"),
  regexTag("envoy.xds_resource_name", pattern(String.raw`^sds\.((<T>)\.).+`)),
  tokenTag("envoy.mongo_callsite", "mongo.*.collection.*.callsite.$.query.**"),
  tokenTag("envoy.mongo_collection", "mongo.*.collection.$.**.query.*"),
  tokenTag("envoy.mongo_cmd", "mongo.*.cmd.$.**"),
  tokenTag("envoy.grpc_bridge_method", "cluster.*.grpc.*.$.**"),
  tokenTag("envoy.http_user_agent", "http.*.user_agent.$.**"),
  tokenTag("envoy.virtual_cluster", "vhost.*.vcluster.$.**"),
  tokenTag("envoy.fault_downstream_cluster", "http.*.fault.$.**"),
  tokenTag("envoy.grpc_bridge_service", "cluster.*.grpc.$.**"),
  tokenTag("envoy.tcp_prefix", "tcp.$.**"),
  tokenTag("envoy.udp_prefix", "udp.$.**"),
  tokenTag("envoy.clientssl_prefix", "auth.clientssl.$.**"),
  tokenTag("envoy.ratelimit_prefix", "ratelimit.$.**"),
  tokenTag("envoy.cluster_name", "cluster.$.**"),
  tokenTag("envoy.ext_authz_prefix", "cluster.*.ext_authz.$.**"),
  tokenTag("envoy.ext_authz_prefix", "http.*.ext_authz.$.**"),
  tokenTag("envoy.http_conn_manager_prefix", "http.$.**"),
  tokenTag("envoy.virtual_host", "vhost.$.**"),
  tokenTag("envoy.mongo_prefix", "mongo.$.**"),
  tokenTag("envoy.route", "vhost.*.route.$.**"),
  tokenTag("envoy.thrift_prefix", "thrift.$.**"),
  tokenTag("envoy.redis_prefix", "redis.$.**"),
  tokenTag("envoy.local_http_ratelimit_prefix", "$.http_local_rate_limit.**"),
  tokenTag("envoy.local_network_ratelimit_prefix", "local_rate_limit.$.**"),
  tokenTag("envoy.local_listener_ratelimit_prefix", "listener_local_ratelimit.$.**"),
  tokenTag("envoy.dns_filter_prefix", "dns_filter.$.**"),
  tokenTag("envoy.connection_limit_prefix", "connection_limit.$.**"),
  tokenTag("envoy.rbac_prefix", "$.rbac.**"),
  tokenTag("envoy.google_grpc_client_prefix", "grpc.$.**"),
];
