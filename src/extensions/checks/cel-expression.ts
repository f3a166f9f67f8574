/** CEL expressions that extensions carry: each must compile. */
import { type CheckContext, type MessageCheck, messageCheck, refusals } from "../../contract/message-check.ts";
import { STREAM_ATTRIBUTES } from "../../match/cel/attributes.ts";
import { compileCel } from "../../match/cel/compile.ts";
import { CelSyntaxError, CelUnavailable } from "../../match/cel/tokens.ts";
import { FUNCTIONS, UNAVAILABLE_FUNCTIONS } from "../../match/cel/functions.ts";

function checkText(at: object, key: string, text: string, { diagnostics }: CheckContext): void {
  try {
    compileCel(text, STREAM_ATTRIBUTES);
  } catch (error) {
    if (error instanceof CelUnavailable) diagnostics.report({ code: "LGT0901", at, key, message: error.message });
    else if (error instanceof CelSyntaxError) diagnostics.report({ code: "LGT0406", at, key, message: `not a CEL expression: ${error.message}` });
    else throw error;
  }
}

/** Functions that CEL has beside those that are called by name in a text. */
const OPERATORS = /^(_.*_|[!@_-].*|dyn|has|type|size)$/;

export const CEL_EXPRESSION_CHECKS: readonly MessageCheck[] = [
  messageCheck("envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter", (filter, context) => {
    if (filter.expression !== undefined) checkText(filter, "expression", filter.expression, context);
  }),
  messageCheck("envoy.extensions.rate_limit_descriptors.expr.v3.Descriptor", (descriptor, context) => {
    if (descriptor.text !== undefined) checkText(descriptor, "text", descriptor.text, context);
    else if (descriptor.parsed === undefined) context.diagnostics.report({ code: "LGT0406", at: descriptor, message: "the expression is missing: give text or parsed" });
  }),
  refusals("LGT0406", "google.api.expr.v1alpha1.Expr.Call", (call, refuse) => {
    const name = call.function ?? "";
    if (!OPERATORS.test(name) && !FUNCTIONS.has(name) && !UNAVAILABLE_FUNCTIONS.has(name)) refuse(call, "function", `CEL has no function '${name}'`);
  }),
  refusals("LGT0406", "envoy.extensions.tracers.opentelemetry.samplers.v3.CELSamplerConfig", (config, refuse) => {
    const expression = config.expression;
    if (expression?.cel_expr_checked === undefined && expression?.cel_expr_parsed === undefined && expression?.cel_expr_string === undefined) refuse(config, "expression", "the CEL expression is missing");
  }),
];
