import { displayText } from "./display.ts";
import { placeText } from "./report.ts";
import type { Report } from "./report.ts";

/** One line a finding, for grep and editors: `file:line:column: severity CODE: message (path)`. */
export function renderCompact({ findings }: Report): string {
  return findings.map((finding) => {
    const place = placeText(finding);
    const path = finding.path === undefined ? "" : ` (${finding.path})`;
    return `${displayText(`${place === "" ? "" : `${place}: `}${finding.severity} ${finding.code}: ${finding.message.replaceAll("\n", " ")}${path}`)}\n`;
  }).join("");
}
