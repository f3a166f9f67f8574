import { expect, test } from "vitest";
import { descriptorsIn } from "../../../scripts/schema/raw-descriptors.ts";

test("joined Go literals are unquoted into bytes", () => {
  const go = 'const file_a_proto_rawDesc = "" +\n\t"\\n\\x03a\\"\\\\" +\n\t"\\a\\101\\u00e9é"\n\nvar other = "x"';
  expect(descriptorsIn(go)).toEqual([Uint8Array.from([10, 3, 97, 34, 92, 7, 65, 0xc3, 0xa9, 0xc3, 0xa9])]);
});

test("older files list the bytes", () => {
  expect(descriptorsIn("var file_a_proto_rawDesc = []byte{\n\t0x0a, 0x01,\n\t0xff,\n}")).toEqual([Uint8Array.from([10, 1, 255])]);
});

test("a file without a descriptor gives none", () => {
  expect(descriptorsIn("package a")).toEqual([]);
});
