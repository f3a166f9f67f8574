import { connect } from "node:net";
import { Worker } from "node:worker_threads";
import { type IpAddress, ipAddress } from "../../src/platform/address.ts";

const LISTENER = `
  const { parentPort } = require("node:worker_threads");
  const server = require("node:net").createServer();
  server.listen({ port: 0, host: "127.0.0.1", backlog: 511 }, () => {
    parentPort.postMessage(server.address().port);
    setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20_000), 10);
  });
`;

/** An address that takes SYNs and never answers: a listener whose thread sleeps and whose queue is full. */
export async function silentHost(): Promise<{ address: IpAddress; close(): Promise<void> }> {
  const worker = new Worker(LISTENER, { eval: true });
  const port = await new Promise<number>((done, failed) => {
    worker.once("message", done);
    worker.once("error", failed);
  });
  await new Promise((done) => setTimeout(done, 60));
  // Bun's backlog is 512 whatever it is told
  const fillers = Array.from({ length: 530 }, () => connect(port, "127.0.0.1").on("error", () => {}));
  await new Promise((done) => setTimeout(done, 200));
  return {
    address: ipAddress("127.0.0.1", port),
    close: async () => {
      for (const filler of fillers) filler.destroy();
      await worker.terminate();
    },
  };
}
