import { expect, test } from "vitest";
import { allConfigs, compileFilterConfigs, isDisabled } from "../../src/router/filter-configs.ts";

const silent = { report: (): void => undefined };
const wrapper = (fields: object) => ({ "@type": "type.googleapis.com/envoy.config.route.v3.FilterConfig", ...fields });

test("the FilterConfig wrapper is taken off, and the most specific level decides about disabling", () => {
  const table = compileFilterConfigs({ a: { "@type": "t", level: 1 }, b: wrapper({ disabled: true }) }, silent);
  const route = compileFilterConfigs({ a: wrapper({ config: { "@type": "t", level: 2 } }), b: wrapper({ config: {} }) }, silent);
  expect(allConfigs([table, route], "a")).toEqual([{ "@type": "t", level: 1 }, { "@type": "t", level: 2 }]);
  expect([isDisabled([table], "b"), isDisabled([table, route], "b"), isDisabled([table], "c")]).toEqual([true, false, undefined]);
});

test("an empty wrapper is an error", () => {
  const found: string[] = [];
  compileFilterConfigs({ a: wrapper({}) }, { report: ({ code }) => found.push(code) });
  expect(found).toEqual(["LGT0569"]);
});
