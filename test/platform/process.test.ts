import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { cpuQuota, memoryLimit, processFacts } from "../../src/platform/process.ts";

let root: string;
beforeEach(() => { root = mkdtempSync(join(tmpdir(), "cgroup-")); });
afterEach(() => rmSync(root, { recursive: true }));

it("quotas of version 2 control groups count", () => {
  writeFileSync(join(root, "cpu.max"), "150000 100000\n");
  writeFileSync(join(root, "memory.max"), "1048576\n");
  expect(cpuQuota(root)).toBe(1.5);
  expect(memoryLimit(root)).toBe(1_048_576);
  expect(processFacts(root).memoryLimit).toBe(1_048_576);
});

it("quotas of version 1 control groups count", () => {
  mkdirSync(join(root, "cpu"));
  mkdirSync(join(root, "memory"));
  writeFileSync(join(root, "cpu", "cpu.cfs_quota_us"), "50000\n");
  writeFileSync(join(root, "cpu", "cpu.cfs_period_us"), "100000\n");
  writeFileSync(join(root, "memory", "memory.limit_in_bytes"), "2097152\n");
  expect(cpuQuota(root)).toBe(0.5);
  expect(processFacts(root).cpus).toBe(1);
  expect(memoryLimit(root)).toBe(2_097_152);
});

it("no quota is no limit", () => {
  writeFileSync(join(root, "cpu.max"), "max 100000\n");
  writeFileSync(join(root, "memory.max"), "max\n");
  expect([cpuQuota(root), memoryLimit(root)]).toEqual([undefined, undefined]);
  expect([cpuQuota(join(root, "none")), memoryLimit(join(root, "none"))]).toEqual([undefined, undefined]);
});

it("the facts are plausible", () => {
  const facts = processFacts();
  expect(facts.cpus).toBeGreaterThanOrEqual(1);
  expect(facts.memoryLimit).toBeGreaterThan(1 << 24);
  expect(facts.residentBytes()).toBeGreaterThan(1 << 20);
  expect(facts.cpuMs()).toBeGreaterThan(0);
  expect(facts.hostname).not.toBe("");
});
