import { expect, test } from "vitest";
import { compileSocketOptions } from "../../src/downstream/socket-options.ts";

test("options, keepalive and fast open become the kernel's numbers; what is not given is left to the system", () => {
  const said: unknown[] = [];
  const options = compileSocketOptions({
    socket_options: [{ level: 1, name: 9, int_value: "1" }, { level: "6", name: "18", buf_value: "AQIDBA==" }], tcp_keepalive: { keepalive_time: 30 }, tcp_fast_open_queue_length: 5,
  }, { report: (finding) => void said.push(finding) });
  expect(options).toEqual([
    { level: 1, name: 9, value: 1 }, { level: 6, name: 18, value: Buffer.from([1, 2, 3, 4]) }, { level: 1, name: 9, value: 1 }, { level: 6, name: 4, value: 30 }, { level: 6, name: 23, value: 5 },
  ]);
  expect([said, compileSocketOptions({}, { report: () => undefined })]).toEqual([[], []]);
});

test("options of binding are said to be not done, at their place", () => {
  const said: unknown[] = [];
  const transparent = { level: 0, name: 19, int_value: 1 };
  const options = compileSocketOptions({ socket_options: [transparent] }, { report: ({ code, at, key }) => void said.push([code, at, key]) });
  expect([options, said]).toEqual([[], [["LGT0901", transparent, "name"]]]);
});
