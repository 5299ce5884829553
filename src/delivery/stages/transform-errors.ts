/**
 * What goes wrong between a delivery stream and its function, with AWS's code and sentence for each.
 * Most are the table "Lambda invocation errors" of the guide; those of the record ids, of a function's error
 * and of its time limit are as the service writes them into failed records.
 * https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-logs.html
 */
import { TRANSFORM_TIMEOUT_MS } from "../../limits.ts";
import type { InvokeResult } from "../ports.ts";

export interface TransformError {
  readonly errorCode: string;
  readonly errorMessage: string;
}

export const PROCESSING_FAILED_STATUS: TransformError = {
  errorCode: "Lambda.ProcessingFailedStatus",
  errorMessage: "ProcessingFailed status set for record",
};

export const MISSING_RECORD_ID: TransformError = {
  errorCode: "Lambda.MissingRecordId",
  errorMessage:
    "One or more record Ids were not returned. Ensure that the Lambda function returns all received record Ids.",
};

export const DUPLICATED_RECORD_ID: TransformError = {
  errorCode: "Lambda.DuplicatedRecordId",
  errorMessage:
    "Multiple records were returned with the same record Id. Ensure that the Lambda function returns a unique record Id for each record.",
};

/** The function answered, but not in the form agreed upon. */
export const UNREADABLE_RESPONSE: TransformError = {
  errorCode: "Lambda.JsonProcessingException",
  errorMessage:
    "There was an error parsing returned records from the Lambda function. Ensure that the returned records follow the status model required by Amazon Data Firehose.",
};

const FUNCTION_ERROR: TransformError = {
  errorCode: "Lambda.FunctionError",
  errorMessage: "The Lambda function was successfully invoked but it returned an error result.",
};

const FUNCTION_TIMED_OUT = "Lambda.FunctionTimedOut";

const REFUSED_MESSAGES: Readonly<Record<string, string>> = {
  "Lambda.InvokeAccessDenied":
    "Access was denied. Ensure that the access policy allows access to the Lambda function.",
  "Lambda.InvokeLimitExceeded":
    "The Lambda concurrent execution limit is exceeded. Increase the concurrent execution limit.",
  "Lambda.ResourceNotFound":
    "The specified Lambda function does not exist. Use a different function that does exist.",
  "Lambda.InvalidSubnetIDException":
    "The specified subnet ID in the Lambda function VPC configuration is invalid. Ensure that the subnet ID is valid.",
  "Lambda.InvalidSecurityGroupIDException":
    "The specified security group ID in the Lambda function VPC configuration is invalid. Ensure that the security group ID is valid.",
};

/** Why an invocation that brought no answer counts as failed. All of these are retried. */
export function invocationError(
  result: Exclude<InvokeResult, { readonly kind: "returned" }>,
  durationMs: number,
): TransformError {
  if (result.kind === "refused") {
    const { code, message } = result;
    return { errorCode: code, errorMessage: REFUSED_MESSAGES[code] ?? message };
  }
  if (!result.timedOut) return FUNCTION_ERROR;
  return {
    errorCode: FUNCTION_TIMED_OUT,
    errorMessage:
      durationMs < TRANSFORM_TIMEOUT_MS
        ? "The Lambda function invocation timed out. Increase the Timeout setting in the Lambda function."
        : "The Lambda function invocation timed out. The maximum supported function timeout is 5 minutes.",
  };
}
