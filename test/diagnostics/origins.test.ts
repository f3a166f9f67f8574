import { describe, expect, it } from "vitest";
import { Origins } from "../../src/diagnostics/origins.ts";
import type { Place } from "../../src/diagnostics/origins.ts";
import { readText } from "../support/read-text.ts";

const TEXT = `static_resources:
  clusters:
  - name: a
    connectTimeout: 1s
    load_assignment:
      endpoints: [{priority: 1}, {priority: 2}]
    domains: "*"
    "odd key": |
      text
    empty:
`;

function setup(): { root: Any; origins: Origins; cluster: Any } {
  const { root, origins } = readText("x.yaml", TEXT);
  const cluster = (root as Any)["static_resources"]["clusters"][0];
  return { root: root as Any, origins, cluster };
}

// oxlint-disable-next-line typescript/no-explicit-any
type Any = any;

function show(place: Place | undefined): string {
  if (place?.span === undefined) return `${place?.path} without text`;
  const { source, start, end } = place.span;
  return `${place.path} ${source.lines.locate(start).line}: ${source.text.slice(start, end)}`;
}

describe("places of raw values", () => {
  it("are the value's text, or the key's", () => {
    const { origins, cluster } = setup();
    expect(show(origins.find(cluster, "name"))).toBe("static_resources.clusters[0].name 3: a");
    expect(show(origins.find(cluster, "name", "key"))).toBe("static_resources.clusters[0].name 3: name");
    expect(show(origins.find(cluster, "odd key"))).toBe('static_resources.clusters[0]["odd key"] 9: text');
    expect(show(origins.find(cluster, "odd key", "key"))).toBe('static_resources.clusters[0]["odd key"] 8: "odd key"');
  });

  it("of an absent value are its key", () => {
    const { origins, cluster } = setup();
    expect(show(origins.find(cluster, "empty"))).toBe("static_resources.clusters[0].empty 10: empty");
  });

  it("of a missing key are the object's: an item's first line, a map's key", () => {
    const { origins, cluster } = setup();
    expect(show(origins.find(cluster, "type"))).toBe("static_resources.clusters[0].type 3: name: a");
    expect(show(origins.find(cluster["load_assignment"], "cluster_name"))).toBe("static_resources.clusters[0].load_assignment.cluster_name 5: load_assignment");
    expect(show(origins.find(cluster["load_assignment"]["endpoints"], 1))).toBe("static_resources.clusters[0].load_assignment.endpoints[1] 6: {priority: 2}");
  });

  it("of the root have an empty path", () => {
    const { origins, root } = setup();
    expect(show(origins.find(root))).toBe(" 1: static_resources:");
    expect(show(origins.find(root, "admin"))).toBe("admin 1: static_resources:");
  });

  it("of what an alias made have the path of the use and the place of the anchor", () => {
    const { origins, root } = readText("x.yaml", "a: &x\n  b: 1\nc: *x\n");
    const { c } = root as Any;
    expect(show(origins.find(c, "b"))).toBe("c.b 2: 1");
    expect(show(origins.find(root as object, "c"))).toBe("c 3: *x");
  });
});

describe("places of decoded values", () => {
  it("are found by snake case where the text has camel case, or by given names", () => {
    const { origins, cluster } = setup();
    const decoded = { connect_timeout: { seconds: 1, nanos: 0 }, other: 1 };
    origins.derive(decoded, cluster, new Map([["other", "name"]]));
    origins.deriveEntry(decoded.connect_timeout, cluster, "connectTimeout");
    expect(show(origins.find(decoded, "connect_timeout"))).toBe("static_resources.clusters[0].connectTimeout 4: 1s");
    expect(show(origins.find(decoded, "connect_timeout", "key"))).toBe("static_resources.clusters[0].connectTimeout 4: connectTimeout");
    expect(show(origins.find(decoded, "other"))).toBe("static_resources.clusters[0].name 3: a");
    expect(show(origins.find(decoded.connect_timeout, "seconds"))).toBe("static_resources.clusters[0].connectTimeout 4: 1s");
    expect(show(origins.find(decoded, "lb_policy"))).toBe("static_resources.clusters[0].lb_policy 3: name: a");
  });

  it("of a list made from a lone value are that value", () => {
    const { origins, cluster } = setup();
    const domains = ["*"];
    origins.deriveEntry(domains, cluster, "domains");
    expect(show(origins.find(domains, 0))).toBe("static_resources.clusters[0].domains 7: \"*\"");
  });

  it("go through several steps, and keep the rule that made them", () => {
    const { origins, cluster } = setup();
    const v2 = {};
    const v3 = {};
    origins.derive(v2, cluster);
    origins.derive(v3, v2, undefined, "upgraded from v2");
    expect(origins.find(v3, "name")).toMatchObject({ rule: "upgraded from v2", path: "static_resources.clusters[0].name" });
    expect(show(origins.find(v3, "connect_timeout"))).toBe("static_resources.clusters[0].connectTimeout 4: 1s");
  });
});

describe("places of resources without text", () => {
  it("are the resource and the path in it", () => {
    const origins = new Origins();
    const cluster = { load_assignment: { endpoints: [{}] } };
    origins.addResource(cluster, "Cluster backend");
    origins.addChild(cluster.load_assignment, cluster, "load_assignment");
    origins.addChild(cluster.load_assignment.endpoints, cluster.load_assignment, "endpoints");
    origins.addChild(cluster.load_assignment.endpoints[0] as object, cluster.load_assignment.endpoints, 0);
    expect(origins.find(cluster.load_assignment.endpoints[0] as object, "priority")).toEqual({
      span: undefined, resource: "Cluster backend", path: "load_assignment.endpoints[0].priority", rule: undefined,
    });
    expect(origins.find(cluster)).toMatchObject({ resource: "Cluster backend", path: "" });
  });

  it("of an unknown object are unknown", () => {
    expect(new Origins().find({})).toBeUndefined();
  });
});
