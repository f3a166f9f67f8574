/** AWS Lambda and AWS request signing. */
import { type MessageCheck, refusals } from "../../contract/message-check.ts";

/** arn:partition:lambda:region:account:function:name[:version] */
const ARN = /^arn:[^:]*:lambda:[^:]*:[^:]*:function:.+$/;

export const HTTP_AWS_CHECKS: readonly MessageCheck[] = [
  refusals("LGT0406", "envoy.extensions.filters.http.aws_lambda.v3.Config", (config, refuse) => {
    if (!ARN.test(config.arn ?? "")) refuse(config, "arn", `'${config.arn ?? ""}' is not the ARN of a Lambda function`);
  }),
  refusals("LGT0406", "envoy.extensions.filters.http.aws_request_signing.v3.AwsRequestSigning", (config, refuse) => {
    if (config.signing_algorithm !== "AWS_SIGV4A" && /[*,]/.test(config.region ?? "")) refuse(config, "region", "sets of regions need signing_algorithm AWS_SIGV4A");
  }),
];
