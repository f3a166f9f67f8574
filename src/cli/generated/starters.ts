// Generated from configs/ by scripts/starters.ts. Do not edit.

/** Name of a starter -> its files, by name. */
export const STARTERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "canary": {
    "canary.yaml": `# A canary release: 95 of 100 requests go to the stable version, 5 to the new one. Testers reach the new one always.
#
# Run it:  legate serve -c canary.yaml
# Ask it:  curl -i http://127.0.0.1:10000/               (either version; see x-version in the answer)
#          curl -i -H 'x-canary: yes' http://127.0.0.1:10000/   (always the new one)
#
# Turn the two weights round step by step, and save: with --watch the running proxy follows.

admin:
  address:
    socket_address: { address: 127.0.0.1, port_value: 9901 }

static_resources:
  listeners:
    - name: shop
      address:
        socket_address: { address: 0.0.0.0, port_value: 10000 }
      filter_chains:
        - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: shop
                access_log:
                  - name: envoy.access_loggers.stdout
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog
                route_config:
                  name: shop
                  virtual_hosts:
                    - name: shop
                      domains: ["*"]
                      routes:
                        # Must stand before the general route: the first that matches wins.
                        - name: testers
                          match:
                            prefix: /
                            headers:
                              - name: x-canary
                                string_match: { exact: "yes" }
                          route: { cluster: shop_canary }
                          response_headers_to_add:
                            - header: { key: x-version, value: canary }

                        - name: everyone
                          match: { prefix: / }
                          route:
                            weighted_clusters:
                              clusters:
                                - name: shop_stable
                                  weight: 95
                                  response_headers_to_add:
                                    - header: { key: x-version, value: stable }
                                - name: shop_canary
                                  weight: 5
                                  response_headers_to_add:
                                    - header: { key: x-version, value: canary }
                http_filters:
                  - name: envoy.filters.http.router
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router

  clusters:
    - name: shop_stable
      type: STRICT_DNS
      connect_timeout: 0.25s
      load_assignment:
        cluster_name: shop_stable
        endpoints:
          - lb_endpoints:
              - endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: 8001 } } }

    - name: shop_canary
      type: STRICT_DNS
      connect_timeout: 0.25s
      load_assignment:
        cluster_name: shop_canary
        endpoints:
          - lb_endpoints:
              - endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: 8002 } } }
`,
  },
  "front-proxy": {
    "front-proxy.yaml": `# A front proxy: one listener, two services behind it, chosen by the path of the request.
#
#   client --> 0.0.0.0:10000 --> /service/1... --> cluster service1 (127.0.0.1:8001)
#                            \\-> /service/2... --> cluster service2 (127.0.0.1:8002)
#
# Run it:      legate serve -c front-proxy.yaml
# Ask it:      curl -v http://127.0.0.1:10000/service/1
# Look inside: curl http://127.0.0.1:9901/clusters
#
# Change 127.0.0.1:8001 and :8002 at the end to where your services are.

# The administration interface. Keep it on loopback: who reaches it can stop the proxy.
admin:
  address:
    socket_address: { address: 127.0.0.1, port_value: 9901 }

static_resources:
  listeners:
    - name: front
      address:
        socket_address: { address: 0.0.0.0, port_value: 10000 }
      filter_chains:
        - filters:
            # Reads the connection as HTTP/1.1 or HTTP/2 and hands each request to the route table below.
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                codec_type: AUTO
                stat_prefix: ingress_http
                # One line a request on standard output, in the default format.
                access_log:
                  - name: envoy.access_loggers.stdout
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog
                route_config:
                  name: local_route
                  virtual_hosts:
                    - name: backend
                      domains: ["*"]
                      # The first route that matches wins. What matches none is answered 404.
                      routes:
                        - match: { prefix: /service/1 }
                          route: { cluster: service1 }
                        - match: { prefix: /service/2 }
                          route: { cluster: service2 }
                # The router filter does the forwarding. It must be the last one.
                http_filters:
                  - name: envoy.filters.http.router
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router

  clusters:
    - name: service1
      # The name of the host is resolved over and over; each address it has is one endpoint.
      type: STRICT_DNS
      connect_timeout: 0.25s
      lb_policy: ROUND_ROBIN
      load_assignment:
        cluster_name: service1
        endpoints:
          - lb_endpoints:
              - endpoint:
                  address:
                    socket_address: { address: 127.0.0.1, port_value: 8001 }

    - name: service2
      type: STRICT_DNS
      connect_timeout: 0.25s
      lb_policy: ROUND_ROBIN
      load_assignment:
        cluster_name: service2
        endpoints:
          - lb_endpoints:
              - endpoint:
                  address:
                    socket_address: { address: 127.0.0.1, port_value: 8002 }
`,
  },
  "path-rewrite": {
    "path-rewrite.yaml": `# Four ways to change the path before the request goes on. What the service sees stands beside each route.
#
# Run it:    legate serve -c path-rewrite.yaml
# Ask it:    curl http://127.0.0.1:10000/api/v1/users?page=2

admin:
  address:
    socket_address: { address: 127.0.0.1, port_value: 9901 }

static_resources:
  listeners:
    - name: web
      address:
        socket_address: { address: 0.0.0.0, port_value: 10000 }
      filter_chains:
        - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: web
                # //a/../b becomes /b before any route looks at it.
                normalize_path: true
                merge_slashes: true
                route_config:
                  name: web
                  virtual_hosts:
                    - name: web
                      domains: ["*"]
                      routes:
                        # /api/v1/users?page=2 -> /users?page=2. The query is kept. path_separated_prefix matches whole
                        # segments: /api/v10 is not taken.
                        - name: strip_prefix
                          match: { path_separated_prefix: /api/v1 }
                          route:
                            cluster: app
                            regex_rewrite:
                              pattern: { regex: "^/api/v1/?" }
                              substitution: /

                        # /old/a/b -> /new/a/b
                        - name: swap_prefix
                          match: { prefix: /old/ }
                          route:
                            cluster: app
                            prefix_rewrite: /new/

                        # /users/42/orders/7 -> /orders/7/of/42. RE2 syntax; \\1 and \\2 are the groups.
                        - name: swap_parts
                          match:
                            safe_regex: { regex: "/users/[0-9]+/orders/[0-9]+" }
                          route:
                            cluster: app
                            regex_rewrite:
                              pattern: { regex: "^/users/([0-9]+)/orders/([0-9]+)$" }
                              substitution: '/orders/\\2/of/\\1'

                        # /docs/x -> sent to the service under the host name docs.internal
                        - name: other_host
                          match: { prefix: /docs/ }
                          route:
                            cluster: app
                            host_rewrite_literal: docs.internal

                        # All else goes on as it came.
                        - name: unchanged
                          match: { prefix: / }
                          route: { cluster: app }
                http_filters:
                  - name: envoy.filters.http.router
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router

  clusters:
    - name: app
      type: STRICT_DNS
      connect_timeout: 0.25s
      load_assignment:
        cluster_name: app
        endpoints:
          - lb_endpoints:
              - endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: 8001 } } }
`,
  },
  "redirect-https": {
    "redirect-https.yaml": `# Sends every plain HTTP request to its HTTPS address, except the health probe of the machine in front.
#
# Run it:  legate serve -c redirect-https.yaml
# Ask it:  curl -i -H 'Host: www.example.com' 'http://127.0.0.1:10080/shop?item=7'
#          -> 301, location: https://www.example.com/shop?item=7
#          curl -i -H 'Host: old.example.com' http://127.0.0.1:10080/a/b
#          -> 308, location: https://www.example.com/a/b

admin:
  address:
    socket_address: { address: 127.0.0.1, port_value: 9901 }

static_resources:
  listeners:
    - name: plain_http
      address:
        socket_address: { address: 0.0.0.0, port_value: 10080 }
      filter_chains:
        - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: plain_http
                route_config:
                  name: to_https
                  virtual_hosts:
                    # A name that moved: the host is replaced as well. 308 keeps the method, so a POST stays a POST.
                    - name: moved
                      domains: [old.example.com]
                      routes:
                        - match: { prefix: / }
                          redirect:
                            https_redirect: true
                            host_redirect: www.example.com
                            response_code: PERMANENT_REDIRECT

                    # Every other name: same host, same path, same query, with https.
                    - name: everything_else
                      domains: ["*"]
                      routes:
                        - match: { path: /healthz }
                          direct_response:
                            status: 200
                            body: { inline_string: "ok\\n" }
                        - match: { prefix: / }
                          redirect: { https_redirect: true }
                http_filters:
                  - name: envoy.filters.http.router
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
`,
  },
  "static-answers": {
    "static-answers.yaml": `# Answers without any service behind it: a health probe, a robots.txt, a notice of maintenance. No cluster is needed.
#
# Run it:  legate serve -c static-answers.yaml
# Ask it:  curl -i http://127.0.0.1:10000/healthz
#          curl -i http://127.0.0.1:10000/robots.txt
#          curl -i http://127.0.0.1:10000/anything

admin:
  address:
    socket_address: { address: 127.0.0.1, port_value: 9901 }

static_resources:
  listeners:
    - name: answers
      address:
        socket_address: { address: 0.0.0.0, port_value: 10000 }
      filter_chains:
        - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: answers
                access_log:
                  - name: envoy.access_loggers.stdout
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog
                route_config:
                  name: answers
                  virtual_hosts:
                    - name: answers
                      domains: ["*"]
                      routes:
                        - match: { path: /healthz }
                          direct_response:
                            status: 200
                            body: { inline_string: "ok\\n" }

                        - match: { path: /robots.txt }
                          direct_response:
                            status: 200
                            body: { inline_string: "User-agent: *\\nDisallow: /\\n" }
                          response_headers_to_add:
                            - header: { key: cache-control, value: "public, max-age=86400" }

                        - match: { prefix: / }
                          direct_response:
                            status: 503
                            body: { inline_string: "Back in an hour.\\n" }
                          response_headers_to_add:
                            - header: { key: retry-after, value: "3600" }
                http_filters:
                  - name: envoy.filters.http.router
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
`,
  },
  "xds-files": {
    "bootstrap.yaml": `# Everything but this file comes from watched files. Each is what a control plane would send: a DiscoveryResponse.
#
#   bootstrap.yaml --> lds.yaml (listeners) --> rds.yaml (their route table)
#                  \\-> cds.yaml (clusters)  --> eds-service1.yaml, eds-service2.yaml (their endpoints)
#
# Run it from inside this folder, since the paths below are relative to where the proxy is started:
#
#   cd xds-files && legate serve -c bootstrap.yaml
#
# To change a file, write a new one beside it and move it over the old one (\`mv new.yaml rds.yaml\`): the move is what is noticed.

# A node with an id and a cluster is asked for as soon as configuration comes from outside the bootstrap.
node:
  id: example-node
  cluster: example-cluster

admin:
  address:
    socket_address: { address: 127.0.0.1, port_value: 9901 }

dynamic_resources:
  lds_config:
    resource_api_version: V3
    # A folder must be named: a bare \`lds.yaml\` is refused.
    path_config_source: { path: ./lds.yaml }
  cds_config:
    resource_api_version: V3
    path_config_source: { path: ./cds.yaml }
`,
    "cds.yaml": `# The clusters. Their endpoints stand in a file each, so that hosts can come and go without touching this file.
version_info: "1"
resources:
  - "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
    name: service1
    type: EDS
    connect_timeout: 0.25s
    eds_cluster_config:
      eds_config:
        resource_api_version: V3
        path_config_source: { path: ./eds-service1.yaml }

  - "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
    name: service2
    type: EDS
    connect_timeout: 0.25s
    eds_cluster_config:
      eds_config:
        resource_api_version: V3
        path_config_source: { path: ./eds-service2.yaml }
`,
    "eds-service1.yaml": `# The endpoints of service1. Addresses only: names are not resolved here. A file holds exactly one cluster's endpoints.
version_info: "1"
resources:
  - "@type": type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment
    cluster_name: service1
    endpoints:
      - lb_endpoints:
          - endpoint:
              address:
                socket_address: { address: 127.0.0.1, port_value: 8001 }
`,
    "eds-service2.yaml": `# The endpoints of service2. Addresses only: names are not resolved here. A file holds exactly one cluster's endpoints.
version_info: "1"
resources:
  - "@type": type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment
    cluster_name: service2
    endpoints:
      - lb_endpoints:
          - endpoint:
              address:
                socket_address: { address: 127.0.0.1, port_value: 8002 }
`,
    "lds.yaml": `# The listeners.
version_info: "1"
resources:
  - "@type": type.googleapis.com/envoy.config.listener.v3.Listener
    name: front
    address:
      socket_address: { address: 0.0.0.0, port_value: 10000 }
    filter_chains:
      - filters:
          - name: envoy.filters.network.http_connection_manager
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
              stat_prefix: ingress_http
              access_log:
                - name: envoy.access_loggers.stdout
                  typed_config:
                    "@type": type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog
              # The route table of this name is looked for in rds.yaml.
              rds:
                route_config_name: local_route
                config_source:
                  resource_api_version: V3
                  path_config_source: { path: ./rds.yaml }
              http_filters:
                - name: envoy.filters.http.router
                  typed_config:
                    "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
`,
    "rds.yaml": `# The route tables, by name. The name is what \`route_config_name\` in lds.yaml asks for.
version_info: "1"
resources:
  - "@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
    name: local_route
    virtual_hosts:
      - name: backend
        domains: ["*"]
        routes:
          - match: { prefix: /service/1 }
            route: { cluster: service1 }
          - match: { prefix: /service/2 }
            route: { cluster: service2 }
`,
  },
};
