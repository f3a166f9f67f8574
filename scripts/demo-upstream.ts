/**
 * A service for scripts/demo: answers every request with its own name and what it was asked.
 *
 *   bun scripts/demo-upstream.ts NAME PORT
 */
import { createServer } from "node:http";

const [name = "service", port = "8001"] = process.argv.slice(2);

createServer((request, response) => {
  const seen = ["x-forwarded-proto", "x-request-id", "x-envoy-expected-rq-timeout-ms"].flatMap((header) => {
    const value = request.headers[header];
    return value === undefined ? [] : [`  ${header}: ${value.toString()}`];
  });
  response.writeHead(200, { "content-type": "text/plain", "x-served-by": name });
  response.end(`Hello from ${name} (port ${port})! You asked: ${request.method} ${request.url}\n${seen.join("\n")}\n`);
}).listen(Number(port), "127.0.0.1");
