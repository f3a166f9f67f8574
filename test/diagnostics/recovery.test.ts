import { describe, expect, test } from "vitest";
import { validate } from "../../src/tools/validate.ts";

const said = (text: string, name = "a.yaml"): string[] =>
  validate({ name, bytes: new TextEncoder().encode(text) }, { check: () => { throw new Error("a damaged document is not compiled"); } }).findings.map((f) => `${f.line}:${f.column} ${f.code} ${f.path ?? ""}`.trim());

describe("behind a syntax error in YAML", () => {
  test("the other blocks are read, in the order of the file, without what only the damage makes wrong", () => {
    expect(said(`static_resources:
  clusters:
  - name: a
    typ: STATIC
  - name: b: c
    connect_timeout: soon
  - name: d
    connect_timeout: soon
  listeners:
  - name: l
    address: { socket_address: { address: x, port_value: y }
  nothing: 1
admin:
  adress: {}
`)).toEqual([
      "4:5 LGT0201 static_resources.clusters[0].typ", "5:12 LGT0101", "8:22 LGT0205 static_resources.clusters[1].connect_timeout",
      "11:14 LGT0101", "12:3 LGT0201 static_resources.nothing", "14:3 LGT0201 admin.adress",
    ]);
  });

  test("an entry of a wrong indentation costs that entry", () => {
    expect(said("admin:\n  address: {}\n foo: 1\nnod: {}\n")).toEqual(["3:2 LGT0101", "4:1 LGT0201 nod"]);
  });

  test("an alias without an anchor costs its entry", () => {
    expect(said("node: *n\nadmin:\n  x: 1\n")).toEqual(["1:7 LGT0107", "2:1 LGT0201 admin.x"].map((line) => line.replace("2:1", "3:3")));
  });

  test("where nothing is left, the error stands alone", () => {
    expect(said("a: [\n")).toEqual(["1:4 LGT0101"]);
    expect(said("\"\n")).toEqual(["1:1 LGT0101"]);
  });

  test("at the edges of the text", () => {
    expect(said("\n  a: b: c\nx: 1\n")).toEqual(["2:7 LGT0101"]);
    expect(said("\n\n")).toEqual(["1:1 LGT0002"]);
    expect(said("\n [")).toEqual(["2:2 LGT0101"]);
  });

  test("the number of errors is bounded", () => {
    expect(said("a: b: c\n".repeat(1000)).length).toBeLessThan(30);
  });
});

describe("behind a syntax error in JSON", () => {
  test("missing commas and wrong values cost nothing but themselves", () => {
    expect(said('{ "admin": { "x": 1 "y": 2 },\n "node": { "id": nope, "z": 1 },\n "q": True }', "a.json")).toEqual([
      "1:14 LGT0201 admin.x", "1:21 LGT0102", "1:21 LGT0201 admin.y", "2:18 LGT0102", "2:24 LGT0201 node.z", "3:2 LGT0201 q", "3:7 LGT0102",
    ]);
  });

  test("a text that ends too early says so once", () => {
    expect(said('{ "admin": { "x": [1, {', "a.json")).toEqual(["1:14 LGT0201 admin.x", "1:24 LGT0102"]);
  });

  test("closing brackets of another kind end what is open", () => {
    expect(said('{ "admin": { "x": 1 ], "nod": 1 }', "a.json")).toEqual(["1:14 LGT0201 admin.x", "1:21 LGT0102"]);
  });
});
