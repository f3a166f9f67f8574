import { expect, test } from "vitest";
import { ipAddress, type SocketAddress } from "../../src/platform/address.ts";
import { ListenError, type SharedSocket, type Transport } from "../../src/platform/conn.ts";
import type { CompiledResource } from "../../src/resources/resource.ts";
import { ListenAddresses } from "../../src/server/listen-addresses.ts";

const socket = (port: number): object => ({ address: { socket_address: { address: "127.0.0.1", port_value: port } } });
const pipe = (path: string): object => ({ address: { pipe: { path } } });

function listener(name: string, message: object): CompiledResource {
  return { type: "listener", name, text: JSON.stringify({ name, ...message }), source: "t", fixed: true, place: "t:1:1" };
}

/** Hands out ports from 1000 on; `taken` cannot be had. */
class Ports implements Pick<Transport, "share" | "probeExclusive" | "sharesPorts"> {
  readonly sharesPorts = true;
  readonly open = new Set<number>();
  #next = 1000;
  readonly taken: number;

  constructor(taken = -1) {
    this.taken = taken;
  }

  async probeExclusive(address: SocketAddress): Promise<SocketAddress> {
    if (address.kind === "ip" && address.port === this.taken) throw new ListenError("EADDRINUSE", address, "taken");
    return address.kind === "ip" && address.port === 0 ? ipAddress(address.ip, this.#next++) : address;
  }

  async share(address: SocketAddress): Promise<SharedSocket> {
    const fd = this.#next++;
    this.open.add(fd);
    return { address: await this.probeExclusive(address), fd, close: () => void this.open.delete(fd) };
  }
}

test("every address of a listener gets its own number in place of port 0, and keeps it", async () => {
  const addresses = new ListenAddresses(new Ports() as unknown as Transport);
  const front = listener("front", { ...socket(0), additional_addresses: [socket(7), socket(0)] });
  expect(await addresses.unavailable([front], new Set())).toEqual([]);
  await addresses.unavailable([front], new Set());
  const ports = [...addresses.withPort(front).text.matchAll(/"port_value":(\d+)/g)].map((match) => Number(match[1]));
  expect(ports).toEqual([1000, 7, 1001]);
  expect(addresses.isShared(front)).toBe(true);
});

test("one address that is taken makes the listener unavailable", async () => {
  const addresses = new ListenAddresses(new Ports(9) as unknown as Transport);
  const [found] = await addresses.unavailable([listener("front", { ...socket(8), additional_addresses: [socket(9)] })], new Set());
  expect(found?.text).toContain("127.0.0.1:9: the address is in use");
});

test("Unix sockets, and ports that are not to be bound more than once, are bound here for all workers, until nobody wants them", async () => {
  const ports = new Ports();
  const addresses = new ListenAddresses(ports as unknown as Transport);
  const [path, single, plain] = [listener("path", pipe("/run/x")), listener("single", { ...socket(8), enable_reuse_port: false }), listener("plain", socket(9))];
  await addresses.unavailable([path, single, plain], new Set());
  expect(Object.keys(addresses.descriptors())).toEqual(["/run/x", "127.0.0.1:8"]);
  expect([path, single, plain].map((resource) => addresses.isShared(resource))).toEqual([true, true, true]);
  addresses.retain([single]);
  expect([Object.keys(addresses.descriptors()), ports.open.size]).toEqual([["127.0.0.1:8"], 1]);
  addresses.retain([]);
  expect(ports.open.size).toBe(0);
});

test("a listener that does not bind has no address to be proved", async () => {
  const addresses = new ListenAddresses(new Ports(9) as unknown as Transport);
  const unbound = listener("front", { ...socket(9), bind_to_port: false });
  expect([await addresses.unavailable([unbound], new Set()), addresses.isShared(unbound)]).toEqual([[], true]);
});
