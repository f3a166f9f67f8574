import { expect, test } from "vitest";
import { MESSAGE_CHECKS } from "../../src/resources/message-checks.ts";
import type { HealthCheck_HttpHealthCheck } from "../../src/schema/generated/envoy/config/core/v3.ts";

function refusals(http: HealthCheck_HttpHealthCheck): string[] {
  const messages: string[] = [];
  const diagnostics = { report: (finding: { readonly message: string }): void => void messages.push(finding.message) };
  MESSAGE_CHECKS.run("envoy.config.core.v3.HealthCheck", { http_health_check: { path: "/", ...http } }, { diagnostics, bootstrap: undefined, tables: new Set(), clusters: new Map(), hasCluster: () => true, node: { id: "", cluster: "" } });
  return messages;
}

test.each([
  [{ expected_statuses: [{ start: 300, end: 200 }] }, "start 300 must be below end 200"],
  [{ retriable_statuses: [{ start: 500, end: 601 }] }, "must not be above 600"],
  [{ send: { text: "6869" } }, "method GET has no payload"],
  [{ method: "POST", send: { text: "686" } }, "is not bytes in hexadecimal"],
  [{ receive: [{ text: "6869" }], response_buffer_size: 1 }, "what is expected (2 bytes) is longer than response_buffer_size (1)"],
] as const)("%j is refused", (http, message) => {
  expect(refusals(http)).toEqual([expect.stringContaining(message)]);
});

test("what Envoy takes is taken", () => {
  expect(refusals({ expected_statuses: [{ start: 100, end: 600 }], receive: [{ binary: "aGk=" }, { text: "6869" }] })).toEqual([]);
  expect(refusals({ response_buffer_size: 0, receive: [{ binary: Buffer.alloc(2000).toString("base64") }] })).toEqual([]);
});
