import { connect, type Socket } from "node:net";
import { parseMessages } from "./wire.ts";

/** A request without a body, as bytes (latin1), and its method. */
export interface Sent {
  readonly method: string;
  readonly text: string;
}

/**
 * Sends requests one after another over keep-alive connections and gives their answers (head, an empty line, body) in order. Each waits for the
 * one before: Envoy 1.40 ends a connection whose second pipelined request it answers itself. After an answer that ends the connection the rest
 * goes over a new one; `<closed>`: the connection ended without an answer.
 */
export async function askAll(port: number, requests: readonly Sent[], ms = 20_000): Promise<string[]> {
  const answers: string[] = [];
  while (answers.length < requests.length) {
    const wave = requests.slice(answers.length);
    const got = await overOne(port, wave, ms);
    answers.push(...(got.length === 0 ? ["<closed>"] : got));
  }
  return answers;
}

/** The answers that one connection gives until it ends or everything is answered. */
function overOne(port: number, requests: readonly Sent[], ms: number): Promise<string[]> {
  return new Promise((done, fail) => {
    const socket: Socket = connect({ host: "127.0.0.1", port, noDelay: true });
    const answers: string[] = [];
    let rest = "";
    const send = (): void => void socket.write(Buffer.from(requests[answers.length]?.text ?? "", "latin1"));
    const timer = setTimeout(() => {
      socket.destroy();
      fail(new Error(`no answer within ${ms} ms to ${JSON.stringify(requests[answers.length]?.text)}; so far: ${JSON.stringify(rest.slice(0, 500))}`));
    }, ms);
    const end = (): void => {
      clearTimeout(timer);
      socket.destroy();
      done(answers);
    };
    socket.on("connect", send);
    socket.on("data", (chunk) => {
      rest += chunk.toString("latin1");
      const message = parseMessages(rest, "response", [requests[answers.length]?.method ?? ""]).messages[0];
      if (message?.complete !== true) return;
      answers.push(`${message.head}\n\n${message.body}`);
      rest = "";
      if (/^connection: close\r?$/im.test(message.head) || answers.length === requests.length) return end();
      send();
    });
    socket.on("error", () => undefined);
    socket.on("close", end);
  });
}
