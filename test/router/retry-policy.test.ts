import { expect, test } from "vitest";
import { compileRetryPolicy, parseRetryOn } from "../../src/router/retry-policy.ts";

test("retry_on is a list of known words; others are ignored and told", () => {
  expect([...parseRetryOn(" 5xx, unavailable ,nope").known]).toEqual(["5xx", "unavailable"]);
  const found: string[] = [];
  compileRetryPolicy({ retry_on: "5xx,nope" }, { report: ({ code, key }) => found.push(`${code} ${key}`) });
  expect(found).toEqual(["LGT0567 retry_on"]);
});

test("intervals are at least a millisecond and in order", () => {
  const found: string[] = [];
  const plan = compileRetryPolicy(
    { retry_back_off: { base_interval: { seconds: 0, nanos: 100 }, max_interval: { seconds: 0, nanos: 2_000_000 } }, per_try_timeout: { seconds: 1, nanos: 0 } },
    { report: ({ code }) => found.push(code) },
  );
  expect([plan.baseInterval, plan.maxInterval, plan.perTryTimeout, plan.numRetries, found.length]).toEqual([1, 2, 1000, 1, 0]);
  compileRetryPolicy({ retry_back_off: { base_interval: { seconds: 2, nanos: 0 }, max_interval: { seconds: 1, nanos: 0 } } }, { report: ({ code }) => found.push(code) });
  expect(found).toEqual(["LGT0566"]);
});
