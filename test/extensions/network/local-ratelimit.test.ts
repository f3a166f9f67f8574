import { expect, test } from "vitest";
import { networkLocalRateLimit } from "../../../src/extensions/network/local-ratelimit.ts";
import { networkFilterSuite } from "../../contract/network-filter.suite.ts";
import { NetworkStage } from "../../support/network-stage.ts";
import { openNetworkFilter } from "../../support/open-network-filter.ts";

const bucket = (max_tokens: number): object => ({ stat_prefix: "x", token_bucket: { max_tokens, fill_interval: { seconds: 10, nanos: 0 } } });

networkFilterSuite("local_ratelimit", (stage) => openNetworkFilter(networkLocalRateLimit, bucket(1000), stage));

test("one more than there are tokens is closed, until the bucket fills", async () => {
  const stage = new NetworkStage();
  await stage.pass(1_600_000_000_000);
  const create = openNetworkFilter(networkLocalRateLimit, bucket(1), stage);
  await stage.connect([create, create]);
  expect([stage.client.over, stage.stats.value("local_rate_limit.x.rate_limited"), stage.connection.info.flags, stage.terminal.begun]).toEqual([true, 1, ["URX"], 0]);
  const later = new NetworkStage();
  await later.pass(1_600_000_000_000);
  const again = openNetworkFilter(networkLocalRateLimit, bucket(1), later);
  await later.connect([again]);
  await later.pass(10_000);
  await later.connect([again]);
  expect([later.terminal.begun, later.stats.value("local_rate_limit.x.rate_limited")]).toEqual([1, 0]);
});
