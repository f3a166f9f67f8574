import { expect, test } from "vitest";
import { formatAddress, ipAddress } from "../../src/platform/address.ts";
import { destinationOf } from "../../src/upstream/original-destination.ts";

const NO_PLAN = { header: "", path: [] as readonly string[], port: 0 };

test("metadata comes before the header, the header before the connection's own destination; a port may be put in place", () => {
  let invalid = 0;
  const of = (plan: Partial<typeof NO_PLAN>, header: string | null, more: object = {}): string | null => {
    const found = destinationOf({ hash: null, header: () => header, originalDestination: ipAddress("10.9.9.9", 99), dynamicMetadata: {}, ...more }, { ...NO_PLAN, ...plan }, () => void invalid++);
    return found && formatAddress(found);
  };
  expect(of({}, "10.0.0.1:80")).toBe("10.9.9.9:99");
  expect(of({ header: "x" }, "10.0.0.1:80")).toBe("10.0.0.1:80");
  expect(of({ header: "x", port: 7 }, "[::1]:80")).toBe("[::1]:7");
  expect(of({ header: "x", path: ["f", "a"] }, "10.0.0.1:80", { dynamicMetadata: { f: { a: ["10.0.0.2:80", "no"] } } })).toBe("10.0.0.2:80");
  expect([of({ header: "x" }, "host:80"), invalid]).toEqual(["10.9.9.9:99", 1]);
  expect(of({ header: "x" }, null, { originalDestination: null })).toBeNull();
});
