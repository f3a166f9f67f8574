/** Filters that use the file system. */
import { type MessageCheck, refusals } from "../../contract/message-check.ts";

export const HTTP_FILES_CHECKS: readonly MessageCheck[] = [
  refusals("LGT0406", "envoy.extensions.filters.http.file_server.v3.FileServerConfig", (config, refuse) => {
    const prefixes = new Set<string>();
    for (const mapping of config.path_mappings ?? []) {
      const prefix = mapping.request_path_prefix ?? "";
      if (prefixes.has(prefix)) refuse(mapping, "request_path_prefix", `the prefix '${prefix}' stands twice`);
      prefixes.add(prefix);
    }
    const files = new Set<string>();
    let listed = false;
    for (const behavior of config.directory_behaviors ?? []) {
      const file = behavior.default_file ?? "";
      if ((file === "") === (behavior.list === undefined)) refuse(behavior, undefined, "exactly one of default_file and list must be set");
      else if (file === "" ? listed : files.has(file)) refuse(behavior, undefined, file === "" ? "list stands twice" : `the default file '${file}' stands twice`);
      files.add(file);
      listed ||= behavior.list !== undefined;
    }
  }),
  refusals("LGT0406", "envoy.extensions.geoip_providers.maxmind.v3.MaxMindConfig", (config, refuse) => {
    const paths = [config.city_db_path, config.isp_db_path, config.asn_db_path, config.anon_db_path, config.country_db_path];
    if (paths.every((path) => (path ?? "") === "")) refuse(config, undefined, "at least one database must be named: city_db_path, isp_db_path, asn_db_path, anon_db_path or country_db_path");
  }),
];
