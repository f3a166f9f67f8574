import { describe, expect, test } from "vitest";
import { forward } from "../../support/bootstrap.ts";
import { statefulSession } from "../../../src/extensions/http/stateful-session.ts";
import { addressInCookie, cookieFor } from "../../../src/match/session-cookie.ts";
import { httpFilterSuite } from "../../contract/http-filter.suite.ts";
import { filterEntry } from "../../support/filter-entry.ts";
import { ProxyWorld } from "../../support/proxy-world.ts";

const TYPE = "type.googleapis.com/envoy.extensions";
const STATE = { session_state: { name: "c", typed_config: { "@type": `${TYPE}.http.stateful_session.cookie.v3.CookieBasedSessionState`, cookie: { name: "s", ttl: "60s", path: "/" } } } };

httpFilterSuite("stateful_session", () => ({ entry: filterEntry(statefulSession, { session_state: { typed_config: { "@type": `${TYPE}.http.stateful_session.header.v3.HeaderBasedSessionState`, name: "x-s" } } }) }));

async function open(fields: object): Promise<ProxyWorld> {
  const http_filters = [{ name: "ss", typed_config: { "@type": `${TYPE}.filters.http.stateful_session.v3.StatefulSession`, ...STATE, ...fields } }, { name: "r", typed_config: { "@type": `${TYPE}.filters.http.router.v3.Router` } }];
  return ProxyWorld.open({ manager: { http_filters }, routes: [forward("/", "u")] });
}

describe("sessions", () => {
  test("a first response names its host in a cookie; a request with it gets no other", async () => {
    const world = await open({});
    const first = await world.asking();
    await world.answer();
    const cookie = /set-cookie: s="([^"]+)"; Max-Age=60; Path=\/; HttpOnly/.exec(first.received)?.[1] ?? "";
    expect(addressInCookie(cookie, 0)).toBe("127.0.0.1:9000");
    const second = await world.asking("/", `cookie: s="${cookie}"\r\n`);
    await world.answer();
    expect([second.statuses, second.received.includes("set-cookie")]).toEqual([[200], false]);
  });

  test("a host that is gone: another one, or with strict none", async () => {
    const header = `cookie: s=${cookieFor("10.0.0.1:80", 0)}\r\n`;
    const lax = await open({});
    await lax.asking("/", header);
    expect(lax.upstreams.length).toBe(1);
    const strict = await open({ strict: true, status_on_strict_destination_not_found: 410 });
    expect([(await strict.asking("/", header)).statuses, strict.upstreams.length]).toEqual([[410], 0]);
  });

  test("cookies: expired, damaged, of the old kind", () => {
    const base64 = (text: string): string => Buffer.from(text, "latin1").toString("base64");
    expect([addressInCookie(cookieFor("a:1", 100), 100), addressInCookie(cookieFor("a:1", 100), 101), addressInCookie("!!", 0), addressInCookie(base64("\x0a\xffx"), 0), addressInCookie(base64(`\x0a${"\xff".repeat(300)}`), 0)?.length]).toEqual(["a:1", null, null, "\x0a\xffx", 301]);
    expect(addressInCookie(cookieFor("x".repeat(500), 2 ** 40), 5)).toBe("x".repeat(500));
  });
});
