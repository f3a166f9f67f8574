import { expect, test } from "vitest";
import { adminOf, adminText, parseAdminAddress } from "../../../src/server/health/admin-address.ts";

test.each([
  ["127.0.0.1:9901", "127.0.0.1:9901"], ["0.0.0.0:9901", "127.0.0.1:9901"], ["[::]:9901", "[::1]:9901"], ["[::1]:9901", "[::1]:9901"], [":9901", "127.0.0.1:9901"],
  ["localhost:9901", "localhost:9901"], ["http://localhost:9901/", "localhost:9901"], ["unix:/run/a", "/run/a"], ["unix:///run/a", "/run/a"], ["/run/a", "/run/a"], ["@a", "@a"],
])("%s is %s", (text, read) => {
  const place = parseAdminAddress(text);
  expect(place === null ? null : adminText(place)).toBe(read);
});

test.each(["", "9901", "host", "host:0", "host:65536", "::1:9901", "https://host:1", "a b:1", "http://host:1/x", "[host]:1", "unix:"])("%j is no address", (text) => {
  expect(parseAdminAddress(text)).toBeNull();
});

test("a bootstrap's wildcard becomes loopback; what cannot be asked says why", () => {
  const socket = (address: string, port_value: number): ReturnType<typeof adminOf> => adminOf({ socket_address: { address, port_value } });
  expect(socket("0.0.0.0", 1)).toEqual({ kind: "ip", ip: "127.0.0.1", port: 1 });
  expect(socket("::", 1)).toEqual({ kind: "ip", ip: "::1", port: 1 });
  expect(adminOf({ pipe: { path: "/run/a" } })).toEqual({ kind: "pipe", path: "/run/a" });
  expect(socket("127.0.0.1", 0)).toMatchObject({ problem: expect.stringContaining("the port") });
  expect(socket("admin.example", 1)).toMatchObject({ problem: expect.stringContaining("IP address") });
  expect(adminOf(undefined)).toMatchObject({ problem: expect.stringContaining("no admin") });
});
