import { describe, expect, test } from "vitest";
import { checkAddresses } from "../../src/resources/check-addresses.ts";
import type { Listener } from "../../src/schema/generated/envoy/config/listener/v3.ts";

const at = (port: number, more: Partial<Listener> = {}, protocol: "TCP" | "UDP" = "TCP"): Listener => ({ name: "l", address: { socket_address: { address: "127.0.0.1", port_value: port, protocol } }, ...more });

function conflicts(...listeners: Listener[]): number {
  let count = 0;
  checkAddresses(listeners, { report: () => void count++ });
  return count;
}

describe("listeners do not share an address:", () => {
  test("the same port twice is a conflict, TCP and UDP are not", () => {
    expect(conflicts(at(80), at(81))).toBe(0);
    expect(conflicts(at(80), at(80))).toBe(1);
    expect(conflicts(at(80), at(80, {}, "UDP"))).toBe(0);
  });

  test("port 0 is another port each time, unless it is not bound", () => {
    expect(conflicts(at(0), at(0))).toBe(0);
    expect(conflicts(at(0, { bind_to_port: false }), at(0, { bind_to_port: false }))).toBe(1);
  });

  test("further addresses and pipes count", () => {
    expect(conflicts(at(80), at(81, { additional_addresses: [{ address: at(80).address as object }] }))).toBe(1);
    expect(conflicts({ address: { pipe: { path: "/p" } } }, { address: { pipe: { path: "/p" } } })).toBe(1);
  });
});
