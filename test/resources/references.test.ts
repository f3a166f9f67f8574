import { expect, test } from "vitest";
import { referencesOf } from "../../src/resources/references.ts";
import { load } from "./documents.ts";

test("every file that Envoy would read is found, in lists, maps and typed configs; paths of other kinds are not", () => {
  const { document, findings } = load(`
dynamic_resources:
  cds_config: { path_config_source: { path: /xds/cds.yaml, watched_directory: { path: /xds } } }
static_resources:
  clusters:
    - name: a
      load_assignment: { cluster_name: a, endpoints: [{ lb_endpoints: [{ endpoint: { address: { pipe: { path: /run/a.sock } } } }] }] }
      transport_socket:
        name: tls
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
          common_tls_context:
            tls_certificates:
              - certificate_chain: { filename: /tls/a.pem }
                private_key: { filename: /tls/a.key }
            validation_context: { trusted_ca: { filename: /tls/ca.pem } }
`);
  expect(findings).toEqual([]);
  const [bootstrap] = document?.messages ?? [];
  const found = referencesOf(bootstrap?.type ?? "", bootstrap?.message ?? {}).map(({ kind, path }) => `${kind} ${path}`);
  expect(found.sort()).toEqual(["config /xds/cds.yaml", "file /tls/a.key", "file /tls/a.pem", "file /tls/ca.pem", "folder /xds"]);
});
