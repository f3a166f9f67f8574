import { expect, test } from "vitest";
import type { Env } from "../../src/contract/env.ts";
import type { AsyncClient } from "../../src/forward/async-client.ts";
import type { AsyncSink, AsyncStream } from "../../src/forward/async-stream.ts";
import { headOf, RemoteKeys, routeRetries } from "../../src/forward/remote-keys.ts";
import { HeaderBlock } from "../../src/http/header-block.ts";
import { FakeClock } from "../../src/platform/fake-clock.ts";

const HTTP_URI = { uri: "http://keys.test/certs", cluster: "keys", timeout: { seconds: 1, nanos: 0 } };

/** A service that answers at once with what `next` says; counts what it was asked. */
function world(config: object): { keys: RemoteKeys<string>; clock: FakeClock; asked: () => number; counts: string[]; answers: (status: number, body: string) => void } {
  const clock = new FakeClock();
  const counts: string[] = [];
  let [asked, status, body] = [0, 200, "k1"];
  const start = (...[, , , , sink]: Parameters<AsyncClient["start"]>): AsyncStream => {
    asked++;
    sink.onHeaders(HeaderBlock.of([[":status", String(status)]]), false);
    (sink as AsyncSink).onData(Buffer.from(body), true);
    return { cancel: () => undefined } as unknown as AsyncStream;
  };
  const env = { clock, clusters: { get: (name: string) => (name === "keys" ? {} : undefined) } } as unknown as Env;
  const told = { succeeded: () => counts.push("ok"), failed: () => counts.push("failed") };
  const keys = new RemoteKeys({ http_uri: HTTP_URI, ...config }, { start } as unknown as AsyncClient, env, told, (bytes) => (bytes.length === 0 ? null : bytes.toString()));
  return { keys, clock, asked: () => asked, counts, answers: (code, text) => ([status, body] = [code, text]) };
}

test("keys that are needed are fetched and kept for their time", () => {
  const { keys, clock, asked, counts, answers } = world({ cache_duration: { seconds: 10, nanos: 0 } });
  const got: (string | null)[] = [];
  expect(keys.current).toBeNull();
  keys.obtain((found) => got.push(found));
  expect([keys.current, asked()]).toEqual(["k1", 1]);
  clock.advance(10_000);
  expect(keys.current).toBeNull();
  answers(404, "x");
  keys.obtain((found) => got.push(found));
  answers(200, "");
  keys.obtain((found) => got.push(found));
  expect([got, counts]).toEqual([["k1", null, null], ["ok", "failed", "failed"]]);
});

test("keys fetched ahead are renewed before they are too old, sooner after a failure, and not for nobody", () => {
  const { keys, clock, asked, answers } = world({ cache_duration: { seconds: 65, nanos: 0 }, async_fetch: {} });
  clock.advance(1);
  expect([asked(), keys.current]).toEqual([1, "k1"]);
  answers(500, "x");
  clock.advance(60_000);
  expect([asked(), keys.current]).toEqual([2, "k1"]);
  answers(200, "k2");
  clock.advance(1000);
  expect([asked(), keys.current]).toEqual([3, "k2"]);
  for (let i = 0; i < 120; i++) clock.advance(60_000);
  const before = asked();
  for (let i = 0; i < 120; i++) clock.advance(60_000);
  expect([asked(), keys.current]).toEqual([before, null]);
  clock.advance(1);
  expect([asked(), keys.current]).toEqual([before + 1, "k2"]);
});

test("the head of a question, and its retries", () => {
  const head = headOf(HTTP_URI, "GET");
  expect([head.method, head.path, head.authority, head.scheme]).toEqual(["GET", "/certs", "keys.test", "http"]);
  expect(headOf({ uri: "https://a:1" }, "GET").path).toBe("/");
  expect(routeRetries(undefined)).toBeUndefined();
  expect(routeRetries({ num_retries: 3, retry_back_off: { base_interval: { seconds: 2, nanos: 0 } } })).toMatchObject({ num_retries: 3, per_try_timeout: { seconds: 20 }, retry_on: "5xx,gateway-error,connect-failure,reset" });
});
