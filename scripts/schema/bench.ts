/**
 * How long it takes to load the table, and to decode a route table of about 1 MB and 10 MB of YAML, cold and warm.
 *
 *   bun scripts/schema/bench.ts
 */
const started = performance.now();
const { V3 } = await import("../../src/schema/table.ts");
const loaded = performance.now();
const { decodeMessage } = await import("../../src/schema/decode.ts");
const { Origins } = await import("../../src/diagnostics/origins.ts");
const { readMap } = await import("../../src/diagnostics/read-document.ts");

const NAME = "envoy.config.route.v3.RouteConfiguration";

function routeTable(routes: number): string {
  const lines = ["name: bench", "virtual_hosts:"];
  for (let host = 0; host < routes / 20; host++) {
    lines.push(`- name: host_${host}`, `  domains: ["host-${host}.example.com", "host-${host}.example.com:*"]`, "  routes:");
    for (let i = 0; i < 20; i++) {
      lines.push(`  - match:`, `      prefix: "/service/${host}/${i}"`, `      headers:`, `      - name: x-version`, `        string_match: {exact: "v${i}"}`);
      lines.push(`    route:`, `      cluster: cluster_${i}`, `      timeout: 1.5s`, `      retry_policy: {retry_on: 5xx, num_retries: 2, per_try_timeout: 0.5s}`);
      lines.push(`    request_headers_to_add:`, `    - header: {key: x-route, value: "${host}-${i}"}`, `      append_action: OVERWRITE_IF_EXISTS_OR_ADD`);
      lines.push(`    typed_per_filter_config:`, `      envoy.filters.http.cors:`, `        "@type": type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy`);
      lines.push(`        allow_origin_string_match: [{prefix: "https://"}]`, `        allow_methods: GET`);
    }
  }
  return lines.join("\n");
}

function once(text: string): string {
  const origins = new Origins();
  let findings = 0;
  const diagnostics = { report: (): void => { findings++; } };
  const t0 = performance.now();
  const document = readMap("bench.yaml", text, { origins, diagnostics });
  const t1 = performance.now();
  if (document !== undefined) decodeMessage(NAME, document.root, { origins, diagnostics });
  const t2 = performance.now();
  return `read ${(t1 - t0).toFixed(0)} ms, decode ${(t2 - t1).toFixed(0)} ms, findings ${findings}`;
}

console.log(`table and its index: ${(loaded - started).toFixed(1)} ms, ${[...V3.names()].length} types`);
for (const routes of [1880, 18_560]) {
  const text = routeTable(routes);
  for (const round of ["first", "second", "third"]) console.log(`${(text.length / 1e6).toFixed(1)} MB, ${routes} routes, ${round}: ${once(text)}`);
}
