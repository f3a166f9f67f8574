import { expect, test } from "vitest";
import { checked } from "../support/checked.ts";

const STATS = "envoy.config.metrics.v3.StatsConfig";

test.each([
  ["{ tag_name: a, regex: '(?=x)(y)\\\\1' }", []],
  ["{ tag_name: envoy.cluster_name }", []],
  ["{ tag_name: a, fixed_value: '' }", []],
  ["{ tag_name: a, regex: '(x' }", ["LGT0503 stats_tags[0].regex"]],
  ["{ tag_name: a, regex: '(?i)x' }", ["LGT0503 stats_tags[0].regex"]],
  ["{ tag_name: a }", ["LGT0805 stats_tags[0].tag_name"]],
  ["{ tag_name: a, regex: '' }", ["LGT0805 stats_tags[0].tag_name"]],
  ["{ regex: x }", ["LGT0805 stats_tags[0].tag_name"]],
])("%s: %j", (tag, expected) => {
  expect(checked(STATS, `stats_tags: [${tag}]`)).toEqual(expected);
});
