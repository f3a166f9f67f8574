import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { pipeAddress } from "../../src/platform/address.ts";
import { type ConnWorld, Ear, say } from "./conn.suite.ts";

/** The promises of a `Transport` about sockets with a path. */
export function unixSocketSuite(name: string, make: () => ConnWorld): void {
  it(`${name} speak over Unix sockets, take a stale one over and set its mode`, async () => {
    const { transport, pass } = make();
    const folder = mkdtempSync(join(tmpdir(), "conn-"));
    const address = pipeAddress(join(folder, "s.sock"));
    const stale = await transport.listen(address, { reusePort: false }, () => {});
    const ear = new Ear();
    const acceptor = await transport.listen(address, { reusePort: false, mode: 0o600 }, (conn) => { conn.handler = ear; });
    expect(statSync(address.path).mode & 0o777).toBe(0o600);
    const conn = transport.dialer.dial(address, new Ear(), { timeoutMs: 1000, highWatermark: 0 });
    say(conn, "hello");
    for (let i = 0; i < 200 && ear.bytes < 5; i++) await pass(5);
    expect(ear.text).toBe("hello");
    conn.reset();
    stale.stop();
    await pass(10);
    expect(readdirSync(folder)).toEqual(["s.sock"]);
    acceptor.stop();
    expect(readdirSync(folder)).toEqual([]);
    await expect(transport.listen(pipeAddress(folder), { reusePort: false }, () => {})).rejects.toMatchObject({ name: "ListenError", code: "EISDIR" });
    await expect(transport.listen(pipeAddress(join(folder, "none", "x")), { reusePort: false }, () => {})).rejects.toMatchObject({ name: "ListenError", code: "ENOENT" });
    rmSync(folder, { recursive: true });
  });
}
