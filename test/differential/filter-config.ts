/** Pieces of configurations for cases about HTTP filters. */
const TYPE = "type.googleapis.com/envoy.extensions.filters.http";
const ROUTER = `{ name: router, typed_config: { "@type": ${TYPE}.router.v3.Router } }`;

/** A message of the API's filter packages: `fault.v3.HTTPFault` and its fields. */
export function typed(type: string, fields: string): string {
  return `{ "@type": ${TYPE}.${type}, ${fields} }`;
}

/** A filter with a name and its configuration. */
export function filter(name: string, type: string, fields: string): string {
  return `{ name: ${name}, typed_config: ${typed(type, fields)} }`;
}

/** The filters of a manager, the router behind them. */
export function chain(...filters: string[]): string {
  return `http_filters: [${[...filters, ROUTER].join(", ")}]\n`;
}

/** A table of one virtual host; `shown` are format strings that its responses carry as `x-shown-N`. */
export function table(routes: readonly string[], shown: readonly string[] = [], host = ""): string {
  const added = shown.map((format, i) => `{ header: { key: x-shown-${i}, value: '${format}' }, append_action: OVERWRITE_IF_EXISTS_OR_ADD, keep_empty_value: true }`);
  return `
route_config:
  response_headers_to_add: [${added.join(", ")}]
  virtual_hosts:
  - { name: all, domains: ["*"], ${host === "" ? "" : `${host}, `}routes: [${routes.join(", ")}] }
`;
}

/** A route to the cluster \`u\`, with per-filter configurations: name to a typed message. */
export function to(prefix: string, configs: Readonly<Record<string, string>> = {}): string {
  const own = Object.entries(configs).map(([name, config]) => `${name}: ${config}`);
  return `{ match: { prefix: "${prefix}" }, route: { cluster: u }${own.length === 0 ? "" : `, typed_per_filter_config: { ${own.join(", ")} }`} }`;
}
