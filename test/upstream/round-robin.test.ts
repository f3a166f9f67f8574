import { expect, test } from "vitest";
import { RoundRobin } from "../../src/upstream/round-robin.ts";
import { hostsOf } from "../contract/load-balancer.suite.ts";

const names = (picker: RoundRobin, count: number): string[] => Array.from({ length: count }, () => picker.pick()?.hostname ?? "none");

test("equal hosts take turns, through an update too", () => {
  const picker = new RoundRobin(1);
  const hosts = hostsOf({}, {}, {});
  picker.update(hosts);
  expect(names(picker, 5)).toEqual(["h2", "h3", "h1", "h2", "h3"]);
  picker.update(hosts);
  expect(names(picker, 2)).toEqual(["h1", "h2"]);
});

test("a heavy host's turns are spread", () => {
  const picker = new RoundRobin(7);
  picker.update(hostsOf({ weight: 2 }, { weight: 1 }, { weight: 1 }));
  expect(names(picker, 40).join(" ")).not.toContain("h1 h1 h1");
});
