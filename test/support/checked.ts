import { Findings } from "../../src/diagnostics/findings.ts";
import { Origins } from "../../src/diagnostics/origins.ts";
import { readMap } from "../../src/diagnostics/read-document.ts";
import { checkContext, MESSAGE_CHECKS } from "../../src/resources/message-checks.ts";
import { decodeMessage } from "../../src/schema/decode.ts";
import type { Bootstrap } from "../../src/schema/generated/envoy/config/bootstrap/v3.ts";

/** The errors, as `CODE path`, that the checks of messages find in `text`, a message of the type, and in all that is in it. */
export function checked(type: string, text: string, bootstrap?: Bootstrap): string[] {
  const origins = new Origins();
  const diagnostics = new Findings(origins);
  const document = readMap("t.yaml", text, { origins, diagnostics });
  if (document === undefined) throw new Error(`not YAML: ${text}`);
  const message = decodeMessage(type, document.root, { origins, diagnostics });
  const node = { nodeId: bootstrap?.node?.id ?? "", serviceCluster: bootstrap?.node?.cluster ?? "" };
  const whole = type === "envoy.config.bootstrap.v3.Bootstrap" ? (message as Bootstrap) : bootstrap;
  MESSAGE_CHECKS.run(type, message, checkContext(whole, [], { diagnostics, surroundings: { listenerPrefix: "", bufferLimit: 0, ...node } }));
  return diagnostics.resolve().filter((finding) => finding.severity === "error").map((finding) => `${finding.code} ${finding.path ?? "-"}`);
}

/** `type: what it is about`, a text that is valid, one that is not, and the error of that. */
export type CheckCase = readonly [what: string, type: string, valid: string, invalid: string, error: string];
