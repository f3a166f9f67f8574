import { expect, test } from "vitest";
import { freePorts } from "../support/ports.ts";
import { ROOT } from "./binary.ts";
import { ask, ready, Serving } from "./serving.ts";

test("legate demo routes to its two services and ends on a signal", async () => {
  const [port, admin] = await freePorts(2);
  const demo = new Serving(["demo", "--port", String(port), "--admin-port", String(admin)], ROOT);
  try {
    await ready(admin);
    for (const service of ["1", "2"]) {
      const answer = await ask(`http://127.0.0.1:${port}/service/${service}/x`);
      expect([answer.status, answer.headers.get("x-served-by")]).toEqual([200, `service${service}`]);
      expect(await answer.text()).toContain(`Hello from service${service}! You asked: GET /service/${service}/x`);
    }
    expect((await ask(`http://127.0.0.1:${port}/elsewhere`)).status).toBe(404);
    expect(demo.said).toContain(`curl -i http://127.0.0.1:${port}/service/1`);
  } finally {
    expect(await demo.stop()).toBe(0);
  }
});
