/**
 * How long reading a route table takes, with positions: YAML and JSON, first and second time in one process.
 *
 *   bun scripts/bench-micro/read-text.ts [ROUTES]      1880 routes are 1 MB of YAML, 18560 are 10 MB
 */
import { Findings } from "../../src/diagnostics/findings.ts";
import { Origins } from "../../src/diagnostics/origins.ts";
import { readMap } from "../../src/diagnostics/read-document.ts";

function yamlRoute(i: number): string {
  return `  - match:
      prefix: /service-${i}/api
      headers:
      - name: x-user-${i % 50}
        string_match:
          exact: "value ${i}"
    route:
      cluster: cluster-${i}
      timeout: 1.5s
      retry_policy:
        retry_on: 5xx,gateway-error
        num_retries: 3
        per_try_timeout: 0.25s
    metadata:
      filter_metadata:
        envoy.lb: { canary: true, version: 1.${i} }
    response_headers_to_add:
    - header: { key: x-route, value: 'r${i}' }
      append_action: OVERWRITE_IF_EXISTS_OR_ADD
`;
}

function measure(name: string, text: string): unknown {
  const origins = new Origins();
  const began = performance.now();
  const document = readMap(name, text, { origins, diagnostics: new Findings(origins) });
  const took = performance.now() - began;
  console.log(`${name.padEnd(12)} ${(text.length / 1e6).toFixed(2)} MB ${took.toFixed(0)} ms, ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB resident`);
  return document?.root;
}

const count = Number(process.argv[2] ?? 1880);
const yaml = `name: r\nvirtual_hosts:\n- name: v\n  domains: ["*"]\n  routes:\n${Array.from({ length: count }, (_, i) => yamlRoute(i)).join("")}`;
const json = JSON.stringify(measure("cold.yaml", yaml), null, 2);
measure("warm.yaml", yaml);
measure("cold.json", json);
measure("warm.json", json);
