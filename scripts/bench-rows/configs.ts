/** The configurations that the rows run: one text for Envoy and legate, and what nginx needs for the same work. */

export interface Ports {
  readonly proxy: number;
  readonly backend: number;
}

/** Everything of a route table's virtual host, as YAML lines without indentation, and what the rest of the bootstrap needs. */
export interface Scene {
  readonly routes: readonly string[];
  /** So many virtual hosts with these routes besides, `h0.test` and on. */
  readonly hosts?: number;
  readonly clusters?: number;
  /** Names of files: TLS for the name `localhost`, found out by `tls_inspector`; plain text is served beside it, so that one can see whether it is up. */
  readonly secure?: { readonly certificate: string; readonly key: string };
  /** A TCP proxy to the backend instead of the HTTP connection manager. */
  readonly tcp?: boolean;
  /** The backend is spoken to in HTTP/2. */
  readonly http2?: boolean;
  /** Lines of `access_log`. */
  readonly accessLog?: readonly string[];
  /** Lines of `http_filters` before the router. */
  readonly filters?: readonly string[];
}

const indented = (lines: readonly string[], by: number): string => lines.map((line) => `${" ".repeat(by)}${line}\n`).join("");

const DIRECT = (prefix: string): string[] => [`- match: { prefix: "${prefix}" }`, "  direct_response: { status: 200, body: { inline_string: hello } }"];
const TO_BACKEND = ['- match: { prefix: "/" }', "  route: { cluster: backend }"];

/** The bytes as they are. */
export const TCP: Scene = { routes: [], tcp: true };

export const PLAIN: Scene = { routes: [...DIRECT("/direct"), ...TO_BACKEND] };

export const HTTP2: Scene = { ...PLAIN, http2: true };

const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

export const prefixes = (n: number): Scene => ({ routes: numbers(n).flatMap((i) => DIRECT(`/p/${i}/`)) });

export const regexes = (n: number): Scene => ({
  routes: numbers(n).flatMap((i) => [`- match: { safe_regex: { regex: "/r/${i}/[a-z]+" } }`, "  direct_response: { status: 200, body: { inline_string: hello } }"]),
});

export const exactPaths = (n: number): Scene => ({
  routes: numbers(n).flatMap((i) => [`- match: { path: "/p/${i}/x" }`, "  direct_response: { status: 200, body: { inline_string: hello } }"]),
});

/** Nothing certain at the beginning, a text inside. */
export const innerRegexes = (n: number): Scene => ({
  routes: numbers(n).flatMap((i) => [`- match: { safe_regex: { regex: "/[a-z]+/item${i}/.*" } }`, "  direct_response: { status: 200, body: { inline_string: hello } }"]),
});

export const virtualHosts = (n: number): Scene => ({ routes: DIRECT("/"), hosts: n });

/** Each route wants another value of one header; the load sends the last one. */
export const headerMatched = (n: number): Scene => ({
  routes: numbers(n).flatMap((i) => [
    `- match: { prefix: "/", headers: [{ name: x-tenant, string_match: { exact: t${i} } }] }`, "  direct_response: { status: 200, body: { inline_string: hello } }",
  ]),
});

export const large = (routes: number, clusters: number): Scene => ({
  routes: [...DIRECT("/direct"), ...numbers(routes).flatMap((i) => [`- match: { prefix: "/service/${i}/" }`, `  route: { cluster: c${clusters === 0 ? 0 : i % clusters} }`])],
  clusters: Math.max(1, clusters),
});

/** Routes as they usually are, 300 bytes each: a condition on a header, a timeout, retries. */
export const usual = (routes: number, clusters: number): Scene => ({
  routes: numbers(routes).flatMap((i) => [
    "- match:", `    prefix: "/service/${i}/"`, "    headers:", "    - name: x-tenant", `      string_match: { exact: tenant-${i} }`,
    "  route:", `    cluster: c${i % clusters}`, "    timeout: 3s", "    retry_policy: { retry_on: 5xx, num_retries: 2 }",
  ]),
  clusters,
});

export const logged = (file: string): Scene => ({
  routes: [
    ...TO_BACKEND, "  request_headers_to_add: [{ header: { key: x-edge, value: \"%REQ(:AUTHORITY)%\" } }]", "  request_headers_to_remove: [x-internal]",
    "  response_headers_to_add: [{ header: { key: x-served-by, value: edge } }]", "  response_headers_to_remove: [x-powered-by]",
  ],
  accessLog: [
    "- name: envoy.access_loggers.file", "  typed_config:", '    "@type": type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog', `    path: ${file}`,
    "    log_format:", "      json_format:", '        time: "%START_TIME%"', '        method: "%REQ(:METHOD)%"', '        path: "%REQ(:PATH)%"', '        protocol: "%PROTOCOL%"',
    '        status: "%RESPONSE_CODE%"', '        flags: "%RESPONSE_FLAGS%"', '        received: "%BYTES_RECEIVED%"', '        sent: "%BYTES_SENT%"', '        duration: "%DURATION%"',
    '        agent: "%REQ(USER-AGENT)%"', '        id: "%REQ(X-REQUEST-ID)%"', '        authority: "%REQ(:AUTHORITY)%"', '        upstream: "%UPSTREAM_HOST%"',
  ],
});

const EXT = "type.googleapis.com/envoy.extensions.filters.http";
const FULL = "default_value: { numerator: 100, denominator: HUNDRED }";

/** Everyday filters that let every request pass, with the log and mutations of `logged`. */
export const filtered = (file: string): Scene => {
  const { routes, ...rest } = logged(file);
  return {
    ...rest, routes: [...routes, `  typed_per_filter_config: { cors: { "@type": ${EXT}.cors.v3.CorsPolicy, allow_origin_string_match: [{ suffix: ".example.com" }], allow_methods: "GET, POST" } }`],
    filters: [
      `- { name: cors, typed_config: { "@type": ${EXT}.cors.v3.Cors } }`, `- { name: fault, typed_config: { "@type": ${EXT}.fault.v3.HTTPFault, abort: { http_status: 503, percentage: { numerator: 0 } } } }`,
      `- { name: limit, typed_config: { "@type": ${EXT}.local_ratelimit.v3.LocalRateLimit, stat_prefix: limit, token_bucket: { max_tokens: 1000000000, tokens_per_fill: 1000000000, fill_interval: 1s }, filter_enabled: { ${FULL} }, filter_enforced: { ${FULL} } } }`,
      `- { name: rbac, typed_config: { "@type": ${EXT}.rbac.v3.RBAC, rules: { action: DENY, policies: { admin: { permissions: [{ url_path: { path: { prefix: /admin } } }], principals: [{ any: true }] }, bots: { permissions: [{ any: true }], principals: [{ header: { name: user-agent, string_match: { contains: badbot } } }] } } } } }`,
    ],
  };
};

function cluster(name: string, port: number): string[] {
  return [
    `- name: ${name}`, "  type: STATIC", "  connect_timeout: 5s", "  load_assignment:", `    cluster_name: ${name}`, "    endpoints:", "    - lb_endpoints:",
    `      - endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: ${port} } } }`,
  ];
}

const SPEAKS_HTTP2 = [
  "  typed_extension_protocol_options:", "    envoy.extensions.upstreams.http.v3.HttpProtocolOptions:",
  '      "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions', "      explicit_http_config: { http2_protocol_options: {} }",
];

const TCP_PROXY = `      - name: envoy.filters.network.tcp_proxy
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
          stat_prefix: ingress
          cluster: backend
`;

/** The bootstrap for Envoy and legate. */
export function bootstrap(scene: Scene, ports: Ports): string {
  const more = scene.clusters === undefined ? [] : numbers(scene.clusters).flatMap((i) => cluster(`c${i}`, ports.backend));
  return `static_resources:
  listeners:
  - name: main
    address:
      socket_address: { address: 127.0.0.1, port_value: ${ports.proxy} }
${scene.secure === undefined ? "" : INSPECTOR}    filter_chains:
    - filters:
${scene.tcp === true ? TCP_PROXY : httpManager(scene)}${scene.secure === undefined ? "" : securedChain(scene, scene.secure)}  clusters:
${indented([...cluster("backend", ports.backend), ...(scene.http2 === true ? SPEAKS_HTTP2 : []), ...more], 2)}`;
}

const INSPECTOR = `    listener_filters:
    - name: envoy.filters.listener.tls_inspector
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector
`;

function securedChain(scene: Scene, { certificate, key }: NonNullable<Scene["secure"]>): string {
  return `    - filter_chain_match: { server_names: [localhost] }
      transport_socket:
        name: envoy.transport_sockets.tls
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
          common_tls_context:
            tls_certificates: [{ certificate_chain: { filename: ${certificate} }, private_key: { filename: ${key} } }]
      filters:
${httpManager(scene)}`;
}

function httpManager(scene: Scene): string {
  const log = scene.accessLog === undefined ? "" : `          access_log:\n${indented(scene.accessLog, 10)}`;
  return `      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: ingress
${log}          http_filters:
${indented(scene.filters ?? [], 10)}          - name: envoy.filters.http.router
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
          route_config:
            name: local
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes:
${indented(scene.routes, 14)}${numbers(scene.hosts ?? 0).map((i) => `            - name: h${i}\n              domains: ["h${i}.test"]\n              routes:\n${indented(scene.routes, 14)}`).join("")}`;
}

/** What every nginx here has: one process, all its files in the folder. */
export function nginx(folder: string, http: string): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${folder}/nginx-${name};`).join(" ");
  return `daemon off; master_process off; worker_processes 1; pid ${folder}/nginx-none.pid; error_log stderr crit;
events { worker_connections 4096; }
http { access_log off; keepalive_requests 1000000000; keepalive_timeout 600; types_hash_max_size 2048; default_type text/html; ${temporary}
${http}
}
`;
}

/** `http2`: a second port, for HTTP/2 alone. */
export function nginxBackend(folder: string, port: number, http2 = 0): string {
  const headers = [
    'Cache-Control "private, max-age=0"', 'ETag \'"33a64df551425fcc"\'', "Vary Accept-Encoding", "X-Frame-Options SAMEORIGIN", "X-Content-Type-Options nosniff",
    'Set-Cookie "a=b; Path=/"', "Strict-Transport-Security max-age=31536000",
  ];
  const more = http2 === 0 ? "" : `listen 127.0.0.1:${http2} http2 backlog=4096; `;
  return nginx(folder, `server { listen 127.0.0.1:${port} backlog=4096; ${more}${headers.map((header) => `add_header ${header};`).join(" ")}
  location / { return 200 "hello world!"; } location /files/ { root ${folder}; } }`);
}

/** nginx as the proxy: request id and x-forwarded-for as the others set them. `extra` stands in the http block, `location` in the location. */
export function nginxProxy(folder: string, ports: Ports, extra = "", location = ""): string {
  return nginx(folder, `${extra}
upstream backend { server 127.0.0.1:${ports.backend}; keepalive 256; keepalive_requests 1000000000; }
server { listen 127.0.0.1:${ports.proxy} backlog=4096; location = /direct { return 200 hello; }
  location / { proxy_pass http://backend; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $http_host;
    proxy_set_header X-Request-Id $request_id; proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Forwarded-Proto $scheme; ${location} } }`);
}

export function nginxLogged(folder: string, ports: Ports): string {
  const format = `log_format j escape=json '{"time":"$time_iso8601","method":"$request_method","path":"$request_uri","protocol":"$server_protocol","status":$status,"received":$request_length,'
'"sent":$body_bytes_sent,"duration":$request_time,"agent":"$http_user_agent","id":"$request_id","authority":"$host","upstream":"$upstream_addr"}';`;
  return nginxProxy(folder, ports, format, `proxy_set_header X-Edge $host; proxy_set_header X-Internal ""; add_header X-Served-By edge; proxy_hide_header X-Powered-By; access_log ${folder}/nginx-access.log j buffer=64k flush=10s;`);
}

export function nginxPrefixes(folder: string, ports: Ports, n: number): string {
  return nginx(folder, `server { listen 127.0.0.1:${ports.proxy}; ${numbers(n).map((i) => `location /p/${i}/ { return 200 hello; }`).join("\n")} }`);
}

export function nginxRegexes(folder: string, ports: Ports, n: number): string {
  return nginx(folder, `server { listen 127.0.0.1:${ports.proxy}; ${numbers(n).map((i) => `location ~ ^/r/${i}/[a-z]+$ { return 200 hello; }`).join("\n")} }`);
}

export function nginxHeaders(folder: string, ports: Ports, n: number): string {
  return nginx(folder, `map_hash_max_size 8192; map $http_x_tenant $found { default 404; ${numbers(n).map((i) => `t${i} 200;`).join(" ")} }
server { listen 127.0.0.1:${ports.proxy}; location / { if ($found = 200) { return 200 hello; } return 404; } }`);
}
