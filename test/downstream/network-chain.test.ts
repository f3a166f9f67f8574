import { expect, test } from "vitest";
import { Hold, type NetworkFilter, type NetworkHandle, Pass, PassForGood } from "../../src/contract/network-filter.ts";
import { NetworkStage } from "../support/network-stage.ts";
import { networkFilterSuite } from "../contract/network-filter.suite.ts";

networkFilterSuite("a filter that looks on", () => () => ({ onNewConnection: () => Pass, onData: () => Pass }));
networkFilterSuite("a filter that cares for the first bytes", () => () => ({ onData: () => PassForGood }));
networkFilterSuite("a filter that does nothing", () => () => ({}));

/** Writes its calls into a common list, and answers what it is told to. */
function scripted(name: string, calls: string[], answers: { connection?: NetworkFilter["onNewConnection"]; data?: NetworkFilter["onData"] } = {}): (handle: NetworkHandle) => NetworkFilter {
  return () => ({
    onNewConnection: () => (calls.push(`${name}+`), answers.connection?.() ?? Pass),
    onData: (data, end) => (calls.push(`${name}:${data.toString()}${end ? "." : ""}`), answers.data?.(data, end) ?? Pass),
    onClose: () => void calls.push(`${name}-`),
  });
}

test("filters hear of a connection in order, and those behind one that holds only when bytes reach them", async () => {
  const stage = new NetworkStage();
  const calls: string[] = [];
  await stage.connect([scripted("a", calls, { connection: () => Hold }), scripted("b", calls)]);
  expect([calls, stage.terminal.begun]).toEqual([["a+"], 0]);
  await stage.send("x");
  expect(calls).toEqual(["a+", "a:x", "b+", "b:x"]);
  expect([stage.terminal.begun, stage.terminal.received]).toEqual([1, "x"]);
});

test("a filter that holds bytes sees all of them again, and its resume hands them on", async () => {
  const stage = new NetworkStage();
  const calls: string[] = [];
  let handle!: NetworkHandle;
  await stage.connect([(given) => (handle = given, scripted("a", calls, { data: () => Hold })(given)), scripted("b", calls)]);
  await stage.send("x");
  await stage.send("y");
  expect([calls, stage.terminal.received]).toEqual([["a+", "b+", "a:x", "a:xy"], ""]);
  handle.resume();
  expect([calls.slice(4), stage.terminal.received]).toEqual([["b:xy"], "xy"]);
});

test("a filter that holds pushes back at the connection's limit", async () => {
  const stage = new NetworkStage();
  let handle!: NetworkHandle;
  await stage.connect([(given) => (handle = given, { onData: () => Hold })], ({ conn }) => (conn.highWatermark = 100));
  for (let i = 0; i < 10; i++) await stage.send("x".repeat(60));
  expect(stage.terminal.received).toBe("");
  handle.resume();
  await stage.settle();
  expect(stage.terminal.received.length).toBe(120);
});

test("behind filters that care no more the terminal filter is the connection's handler", async () => {
  const stage = new NetworkStage();
  const calls: string[] = [];
  await stage.connect([scripted("a", calls, { connection: () => PassForGood }), scripted("b", calls, { data: () => PassForGood })]);
  expect(stage.connection.conn.handler).not.toBe(stage.terminal);
  await stage.send("x");
  expect(stage.connection.conn.handler).toBe(stage.terminal);
  await stage.send("y");
  stage.client.conn.reset();
  await stage.settle();
  expect([calls, stage.terminal.received]).toEqual([["a+", "b+", "b:x", "a-", "b-"], "xy"]);
});

test("a filter that closes leaves its reason, and nothing goes on", async () => {
  const stage = new NetworkStage();
  await stage.connect([(handle) => ({ onData: () => (handle.close("over_it"), Hold) })]);
  await stage.send("x");
  await stage.send("y");
  const { info } = stage.connection;
  expect([stage.client.over, stage.terminal.received, info.localCloseReason, info.bytesReceived, stage.done]).toEqual([true, "", "over_it", 1, 1]);
});
