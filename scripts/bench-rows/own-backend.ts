/** What stands behind the proxies where nginx is missing: `bun own-backend.ts PORT`. */
const bodies = new Map<string, string>([["/files/10k", "x".repeat(10_240)], ["/files/1m", "x".repeat(1_048_576)]]);
const headers = { "content-type": "text/html", "cache-control": "private, max-age=0", "x-frame-options": "SAMEORIGIN", vary: "Accept-Encoding" };

Bun.serve({
  hostname: "127.0.0.1", port: Number(process.argv[2]),
  fetch: (request) => new Response(bodies.get(new URL(request.url).pathname) ?? "hello world!", { headers }),
});
