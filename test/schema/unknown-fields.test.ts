import { expect, test } from "vitest";
import { BOOTSTRAP, CLUSTER, decoded } from "../support/decoded.ts";

test.each([
  ["a slip of the finger", CLUSTER, "name: c\nconect_timeout: 1s", "Did you mean connect_timeout?"],
  ["a habit", "envoy.config.core.v3.SocketAddress", "address: a\nport: 1", "Did you mean port_value?"],
  ["a v2 field", CLUSTER, "name: c\nhosts: []", "hosts was v2; endpoints stand under load_assignment."],
  ["v2's way to configure an extension", "envoy.config.listener.v3.Filter", "name: x\nconfig: {}", 'config was v2; write typed_config with an "@type".'],
  ["a merge key", CLUSTER, "name: c\n<<: {}", "Envoy does not merge maps with <<; write the fields out, or use an alias for the whole value."],
  ["a field of a member message", BOOTSTRAP, "cds_config: {}", "cds_config is a field of dynamic_resources; move it there."],
])("%s: %s %j", (_, type, text, fix) => {
  const [finding] = decoded(type, text).findings;
  expect(finding).toMatchObject({ code: "LGT0201", fix });
});

test("the fields of a small message are listed", () => {
  expect(decoded("envoy.config.core.v3.Pipe", "path: a\nzzz: 1").findings[0]?.why).toBe("envoy.config.core.v3.Pipe has the fields path, mode.");
  expect(decoded("google.protobuf.Empty", "zzz: 1").findings[0]?.why).toBe("google.protobuf.Empty has no fields.");
});
