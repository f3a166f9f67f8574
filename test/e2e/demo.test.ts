import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { BINARY } from "./binary.ts";

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Asks until there is an answer, at most ten seconds. */
async function ask(url: string): Promise<Response> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await fetch(url);
    } catch (error) {
      if (attempt === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

test("legate demo routes to its two services and ends on a signal", async () => {
  const [port, admin] = [await freePort(), await freePort()];
  const demo = spawn(BINARY, ["demo", "--port", String(port), "--admin-port", String(admin)], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  demo.stderr.on("data", (chunk: Buffer) => { said += chunk.toString(); });
  const ended = new Promise<number | null>((resolve) => demo.once("exit", resolve));
  try {
    for (const service of ["1", "2"]) {
      const answer = await ask(`http://127.0.0.1:${port}/service/${service}/x`);
      expect([answer.status, answer.headers.get("x-served-by")]).toEqual([200, `service${service}`]);
      expect(await answer.text()).toContain(`Hello from service${service}! You asked: GET /service/${service}/x`);
    }
    expect((await ask(`http://127.0.0.1:${port}/elsewhere`)).status).toBe(404);
    expect((await ask(`http://127.0.0.1:${admin}/ready`)).status).toBe(200);
    expect(said).toContain(`curl -i http://127.0.0.1:${port}/service/1`);
  } finally {
    demo.kill("SIGTERM");
    demo.kill("SIGTERM");
  }
  expect(await ended).toBe(0);
});
