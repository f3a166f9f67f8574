import { describe, expect, test } from "vitest";
import { apiKeyAuth } from "../../../src/extensions/http/api-key-auth.ts";
import { httpFilterSuite } from "../../contract/http-filter.suite.ts";
import { filterEntry } from "../../support/filter-entry.ts";
import { runFilter } from "../../support/filter-run.ts";

const CONFIG = {
  credentials: [{ key: "k 1", client: "one" }, { key: "k2", client: "two" }], key_sources: [{ header: "x-key" }, { query: "key" }, { cookie: "key" }],
  forwarding: { header: "x-client", hide_credentials: true },
};

httpFilterSuite("api_key_auth", () => {
  const entry = filterEntry(apiKeyAuth, CONFIG);
  return { entry: { ...entry, create: (handle) => {
    handle.requestHeaders.path = "/?key=k2";
    return entry.create(handle);
  } } };
});

describe("API keys", () => {
  test("a key in any of the places lets the request pass, names the client and is taken out", () => {
    expect(runFilter(apiKeyAuth, CONFIG, [["x-key", "Bearer k2"]]).sent).toEqual([":authority: x", ":path: /", ":method: POST", ":scheme: http", "x-client: two"]);
    expect(runFilter(apiKeyAuth, CONFIG, [[":path", "/a?z=1&key=k%201&b=x%0d%0ay"]]).sent).toContain(":path: /a?b=x%0d%0ay&z=1");
    expect(runFilter(apiKeyAuth, CONFIG, [["cookie", "a=b; key=k2; c=\"d\""]]).sent).toContain("cookie: a=b; c=d");
  });

  test("without one, with an unknown one, or with that of a client that is not wanted here it ends", () => {
    expect(runFilter(apiKeyAuth, CONFIG).details).toBe("missing_api_key");
    expect(runFilter(apiKeyAuth, CONFIG, [["x-key", "zz"]]).details).toBe("unknown_api_key");
    expect(runFilter(apiKeyAuth, {}, [["x-key", "zz"]]).details).toBe("missing_key_sources");
    expect(runFilter(apiKeyAuth, CONFIG, [["x-key", "k2"]], { allowed_clients: ["one"] })).toMatchObject({ status: "403", details: "client_not_allowed", body: "Client is forbidden." });
  });
});
