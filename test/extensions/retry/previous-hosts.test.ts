import { expect, test } from "vitest";
import type { Env } from "../../../src/contract/env.ts";
import type { CompileContext } from "../../../src/contract/extension.ts";
import type { Host } from "../../../src/contract/host.ts";
import { previousHosts } from "../../../src/extensions/retry/previous-hosts.ts";

test("each request remembers the hosts it has been at", () => {
  const create = previousHosts.compile({} as never, {} as CompileContext).open({} as Env);
  const [first, second] = [{}, {}] as [Host, Host];
  const request = create();
  request.attempted(first);
  expect([request.rejects(first), request.rejects(second), create().rejects(first)]).toEqual([true, false, false]);
});
