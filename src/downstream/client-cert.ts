/** x-forwarded-client-cert: what the client's certificate says, for those behind (docs: http_conn_man/headers). */
import type { HeaderBlock } from "../http/header-block.ts";
import { X_FORWARDED_CLIENT_CERT } from "../http/names.ts";
import type { TlsFacts } from "../platform/tls.ts";
import type { HttpConnectionManager, HttpConnectionManager_SetCurrentClientCertDetails } from "../schema/generated/envoy/extensions/filters/network/http_connection_manager/v3.ts";
import { type TlsView, tlsView } from "../stream/certificate-facts.ts";
import { appendTo } from "./forwarded-for.ts";

export interface ClientCertPlan {
  readonly mode: NonNullable<HttpConnectionManager["forward_client_cert_details"]>;
  readonly details: HttpConnectionManager_SetCurrentClientCertDetails;
}

export function compileClientCert(config: HttpConnectionManager): ClientCertPlan {
  return { mode: config.forward_client_cert_details ?? "SANITIZE", details: config.set_current_client_cert_details ?? {} };
}

/** Without a certificate of the client's, only ALWAYS_FORWARD_ONLY keeps the header. */
export function forwardClientCert(headers: HeaderBlock, { mode, details }: ClientCertPlan, facts: TlsFacts | undefined): void {
  if (mode === "ALWAYS_FORWARD_ONLY") return;
  const tls = facts?.peerCertificate === undefined ? null : tlsView(facts);
  if (mode === "SANITIZE" || tls === null) return void headers.remove(X_FORWARDED_CLIENT_CERT);
  if (mode === "FORWARD_ONLY") return;
  const element = elementOf(tls, details);
  if (mode === "APPEND_FORWARD") appendTo(headers, X_FORWARDED_CLIENT_CERT, element, ",");
  else headers.set(X_FORWARDED_CLIENT_CERT, element);
}

function elementOf(tls: TlsView, details: ClientCertPlan["details"]): string {
  const parts = (tls.local?.names("URI") ?? []).map((uri) => `By=${uri}`);
  const { peer } = tls;
  if (peer === null) return parts.join(";");
  parts.push(`Hash=${peer.sha256}`);
  if (details.cert === true) parts.push(`Cert="${peer.pem}"`);
  if (details.chain === true) parts.push(`Chain="${tls.chain.map((certificate) => certificate.pem).join("")}"`);
  if (details.subject === true) parts.push(`Subject="${peer.subject}"`);
  if (details.uri === true) {
    const uris = peer.names("URI");
    parts.push(...(uris.length === 0 ? ["URI="] : uris.map((uri) => `URI=${uri}`)));
  }
  if (details.dns === true) parts.push(...peer.names("DNS").map((name) => `DNS=${name}`));
  return parts.join(";");
}
