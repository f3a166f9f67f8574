/** Maps and lists may be nested so deep: protobuf's JSON parser, which stands behind Envoy's YAML too, goes no further. */
export const MAX_NESTING = 100;
