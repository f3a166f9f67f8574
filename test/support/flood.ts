import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

const PIECE = Buffer.alloc(256 * 1024, "x");

/** Writes `bytes` bytes as fast as the other side takes them. */
export function pour(socket: Socket, bytes: number, done: () => void = () => undefined): void {
  let left = bytes;
  const more = (): void => {
    while (left > 0 && !socket.destroyed) {
      const piece = left >= PIECE.length ? PIECE : PIECE.subarray(0, left);
      left -= piece.length;
      if (!socket.write(piece)) {
        socket.once("drain", more);
        return;
      }
    }
    if (left === 0) done();
  };
  more();
}

/** Reads everything, with a rest of `restMs` after each `perRest` bytes; calls back with how much there is after each chunk. */
export function sip(socket: Socket, perRest: number, restMs: number, onBytes: (total: number) => void): void {
  let total = 0;
  let since = 0;
  socket.on("data", (chunk: Buffer) => {
    total += chunk.length;
    since += chunk.length;
    if (since >= perRest) {
      since = 0;
      socket.pause();
      setTimeout(() => socket.resume(), restMs);
    }
    onBytes(total);
  });
}

/** A server on 127.0.0.1 that hands each connection to `serve`. */
export async function listening(serve: (socket: Socket) => void): Promise<{ port: number; sockets: Set<Socket>; stop(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    serve(socket);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    port: (server.address() as AddressInfo).port, sockets,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}

/** A connection to 127.0.0.1, open. */
export function connected(port: number): Promise<Socket> {
  return new Promise((done, fail) => {
    const socket = connect({ host: "127.0.0.1", port, noDelay: true });
    socket.once("connect", () => done(socket));
    socket.once("error", fail);
    socket.on("error", () => undefined);
  });
}

/** Resolves once what arrives has the end of a head; hands on what came behind it. */
export function head(socket: Socket): Promise<{ head: string; rest: Buffer }> {
  return new Promise((done) => {
    let got = Buffer.alloc(0);
    const take = (chunk: Buffer): void => {
      got = Buffer.concat([got, chunk]);
      const end = got.indexOf("\r\n\r\n");
      if (end < 0) return;
      socket.off("data", take);
      socket.pause();
      done({ head: got.subarray(0, end + 2).toString("latin1"), rest: got.subarray(end + 4) });
    };
    socket.on("data", take);
  });
}
