import { expect, test } from "vitest";
import { FilterStateCondition, GrpcCondition, PeerCondition } from "../../src/match/stream-matcher.ts";
import { request } from "../support/route-tables.ts";

test("gRPC is told by the content type", () => {
  const grpc = (type: string): boolean => new GrpcCondition({}).matches(request([["content-type", type]]));
  expect(["application/grpc", "application/grpc+proto", "application/grpc-web", "application/json"].map(grpc)).toEqual([true, true, false, false]);
});

test("a client certificate may have to be presented, or not", () => {
  const matches = (presented: boolean, peer?: { presented: boolean; validated: boolean }): boolean => new PeerCondition({}, { presented }).matches(request([], { peer }));
  expect(matches(true, { presented: true, validated: false })).toBe(true);
  expect(matches(true)).toBe(false);
  expect(matches(false)).toBe(true);
});

test("filter state is matched by its text", () => {
  const condition = new FilterStateCondition({ key: "k", string_match: { prefix: "v" } }, { report: () => undefined });
  expect(condition.matches(request([], { filterState: { k: "value" } }))).toBe(true);
  expect(condition.matches(request([]))).toBe(false);
});
