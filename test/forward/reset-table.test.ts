import { expect, test } from "vitest";
import { meaningOf, resetBody, resetDetails } from "../../src/forward/reset-table.ts";

test("each reason has Envoy's status and flag", () => {
  expect(["remote connection failure", "connection timeout", "connection termination", "overflow", "remote reset", "protocol error"].map((reason) => Object.values(meaningOf(reason as never)).join(" "))).toEqual([
    "503 UF", "503 UF", "503 UC", "503 UO", "503 UR", "502 UPE",
  ]);
});

test("details name the moment and the reason, without blanks", () => {
  expect(resetDetails("before", "connection termination", "")).toBe("upstream_reset_before_response_started{connection_termination}");
  expect(resetDetails("after", "remote connection failure", "delayed connect error")).toBe("upstream_reset_after_response_started{remote_connection_failure|delayed_connect_error}");
});

test("the body says the reason in words", () => {
  expect(resetBody("remote reset", true)).toContain("retried and the latest reset reason: remote reset");
  expect(resetBody("overflow", false)).toBe("upstream connect error or disconnect/reset before headers. reset reason: overflow");
});
