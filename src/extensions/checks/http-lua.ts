/** Lua scripts, as far as they stand in the configuration; they are not run. */
import { type MessageCheck, refusals } from "../../contract/message-check.ts";

export const HTTP_LUA_CHECKS: readonly MessageCheck[] = [
  refusals("LGT0406", "envoy.extensions.filters.http.lua.v3.Lua", (lua, refuse) => {
    if ((lua.inline_code ?? "") !== "" && lua.default_source_code !== undefined) refuse(lua, "inline_code", "only one of inline_code and default_source_code can be set");
  }),
  refusals("LGT0406", "envoy.extensions.router.cluster_specifiers.lua.v3.LuaConfig", (lua, refuse) => {
    const source = lua.source_code;
    if (source?.inline_string !== undefined && !/\benvoy_on_route\b/.test(source.inline_string)) refuse(source, "inline_string", "the script has no function envoy_on_route()");
  }),
];
