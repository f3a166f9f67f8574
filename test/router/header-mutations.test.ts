import { describe, expect, test } from "vitest";
import { HeaderBlock } from "../../src/http/header-block.ts";
import { compileRequestMutations, translateLegacy, type MutatingMessage } from "../../src/router/header-mutations.ts";
import { simulatedContext, simulatedStream } from "../../src/router/simulated-stream.ts";

function mutated(message: MutatingMessage, ...headers: (readonly [string, string])[]): [string, string][] {
  const block = HeaderBlock.of(headers);
  compileRequestMutations(message, { report: ({ message: text }) => { throw new Error(text); } }).apply(block, simulatedContext(simulatedStream({}), block));
  const lines: [string, string][] = [];
  block.forEach((name, value) => lines.push([name, value]));
  return lines;
}

const add = (key: string, value: string, more: object = {}) => ({ header: { key, value }, ...more });

describe("a block of header mutations", () => {
  test("removes first, overwrites next, appends last", () => {
    const message: MutatingMessage = {
      request_headers_to_remove: ["gone"],
      request_headers_to_add: [add("a", "2"), add("a", "1", { append_action: "OVERWRITE_IF_EXISTS_OR_ADD" }), add("gone", "back")],
    };
    expect(mutated(message, ["gone", "x"], ["a", "0"])).toEqual([["a", "1"], ["a", "2"], ["gone", "back"]]);
  });

  test("knows the four actions and the old append", () => {
    const message: MutatingMessage = {
      request_headers_to_add: [
        add("a", "new"), add("b", "new", { append_action: "ADD_IF_ABSENT" }), add("c", "new", { append_action: "ADD_IF_ABSENT" }),
        add("d", "new", { append_action: "OVERWRITE_IF_EXISTS" }), add("e", "new", { append_action: "OVERWRITE_IF_EXISTS" }), add("f", "new", { append: false }),
      ],
    };
    expect(mutated(message, ["a", "old"], ["b", "old"], ["d", "old"], ["f", "old"])).toEqual([["a", "old"], ["b", "old"], ["d", "new"], ["f", "new"], ["a", "new"], ["c", "new"]]);
  });

  test("joins inline headers", () => {
    expect(mutated({ request_headers_to_add: [add("user-agent", "b")] }, ["user-agent", "a"])).toEqual([["user-agent", "a,b"]]);
  });

  test("makes all values before it sets any, and skips empty ones unless told to keep them", () => {
    const message: MutatingMessage = { request_headers_to_add: [add("a", "1"), add("b", "%REQ(a)%"), add("c", "%REQ(x)%", { keep_empty_value: true })] };
    expect(mutated(message)).toEqual([["a", "1"], ["c", ""]]);
  });

  test("refuses pseudo headers and host", () => {
    const found: string[] = [];
    const message: MutatingMessage = {
      request_headers_to_add: [add(":path", "x"), add("Host", "x"), add("a", "x", { append: true, append_action: "ADD_IF_ABSENT" })], request_headers_to_remove: [":path", "host"],
    };
    compileRequestMutations(message, { report: ({ code, key }) => found.push(`${code} ${key}`) });
    expect(found).toEqual(["LGT0532 request_headers_to_remove", "LGT0532 request_headers_to_remove", "LGT0531 key", "LGT0531 key", "LGT0533 append"]);
  });

  test("still reads the old forms of commands", () => {
    expect(translateLegacy('%DYNAMIC_METADATA(["a", "b"])% %PER_REQUEST_STATE(k)% %UPSTREAM_METADATA(["x"])%')).toBe("%DYNAMIC_METADATA(a:b)% %FILTER_STATE(k:PLAIN)% %UPSTREAM_METADATA(x)%");
    expect(translateLegacy("%DYNAMIC_METADATA([1])%")).toBe("%DYNAMIC_METADATA([1])%");
  });
});
