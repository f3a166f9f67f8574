import { expect, test } from "vitest";
import { STARTERS } from "../../../src/cli/generated/starters.ts";
import { demoConfig } from "../../../src/server/demo/demo-config.ts";
import { loadDocument } from "../../../src/resources/load.ts";
import { Findings } from "../../../src/diagnostics/findings.ts";
import { Origins } from "../../../src/diagnostics/origins.ts";

const PORTS = { listener: 1111, admin: 2222, service1: 3333, service2: 4444 };

test("the example gets the ports, all on loopback, and stays a configuration without a fault", () => {
  const text = demoConfig(STARTERS["front-proxy"]?.["front-proxy.yaml"] ?? "", PORTS);
  expect([...text.matchAll(/address: ([\d.]+), port_value: (\d+)/g)].map(([, address, port]) => `${address}:${port}`)).toEqual(["127.0.0.1:2222", "127.0.0.1:1111", "127.0.0.1:3333", "127.0.0.1:4444"]);
  const origins = new Origins();
  const findings = new Findings(origins, { disabled: new Set() });
  loadDocument({ name: "demo.yaml", bytes: Buffer.from(text) }, { origins, diagnostics: findings });
  expect(findings.resolve()).toEqual([]);
});

test("an example that has changed is noticed", () => {
  expect(() => demoConfig("address: 0.0.0.0\n", PORTS)).toThrow('the example has "port_value: 10000" 0 times');
});
