/**
 * Why a delivery failed, in AWS's codes and sentences: what S3 said of a write, or what a stage said of a record. No
 * sentence holds record data, though that of a failed record in the error output may.
 * https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-logs.html
 */
export interface DeliveryError {
  readonly errorCode: string;
  readonly errorMessage: string;
}

const INTERNAL_ERROR: DeliveryError = {
  errorCode: "InternalError",
  errorMessage:
    "An internal error occurred while attempting to deliver data. Delivery will be retried; if the error persists, then it will be reported to AWS for resolution.",
};

const ACCESS_DISABLED = "Access to the account provided has been disabled. Contact AWS Support.";

/** By the name under which S3 refuses. */
const S3_SENTENCES: Readonly<Record<string, string>> = {
  "KMS.NotFoundException":
    "The provided AWS KMS key was not found. If you are using what you believe to be a valid AWS KMS key with the correct role, check if there is a problem with the account to which the AWS KMS key is attached.",
  "KMS.RequestLimitExceeded":
    "The KMS request per second limit was exceeded while attempting to encrypt S3 objects. Increase the request per second limit.",
  AccessDenied:
    "Access was denied. Ensure that the trust policy for the provided IAM role allows Firehose to assume the role, and the access policy allows access to the S3 bucket.",
  AccountProblem:
    "There is a problem with your AWS account that prevents the operation from completing successfully. Contact AWS Support.",
  AllAccessDisabled: ACCESS_DISABLED,
  InvalidPayer: ACCESS_DISABLED,
  NotSignedUp:
    "The account is not signed up for Amazon S3. Sign the account up or use a different account.",
  NoSuchBucket:
    "The specified bucket does not exist. Create the bucket or use a different bucket that does exist.",
  MethodNotAllowed:
    "The specified method is not allowed against this resource. Modify the bucket's policy to allow the correct Amazon S3 operation permissions.",
};

/** @param failure what was thrown while a plan was carried out */
export function deliveryErrorOf(failure: unknown): DeliveryError {
  const name = failure instanceof Error ? failure.name : "";
  const errorMessage = Object.hasOwn(S3_SENTENCES, name) ? S3_SENTENCES[name] : undefined;
  return errorMessage === undefined ? INTERNAL_ERROR : { errorCode: `S3.${name}`, errorMessage };
}

/** The details behind the first sentence quote the record. */
const QUOTING = new Set(["DataFormatConversion.ParseError", "DataFormatConversion.MalformedData"]);

/** Of a document that a cluster did not take, the status alone: what stands behind the sentence quotes it, too. */
const STATUS = /^\d{3}$/;

/** What jq says may quote a record anywhere. */
const SENTENCES: Readonly<Record<string, string>> = {
  "DynamicPartitioning.MetadataExtractionFailed":
    "The query could not extract the partition keys of one or more records.",
};

/** What a receiver answered may quote what it was sent: behind the status, which ends in a colon. */
const ANSWERED = new Set(["HttpEndpoint.DestinationException"]);

/** Of a record that a stage could not bring through, or that a receiver did not take. */
export function withoutRecordData({ errorCode, errorMessage }: DeliveryError): DeliveryError {
  if (ANSWERED.has(errorCode)) return { errorCode, errorMessage: errorMessage.split(": ")[0]! };
  const sentence = SENTENCES[errorCode];
  if (sentence !== undefined) return { errorCode, errorMessage: sentence };
  if (!QUOTING.has(errorCode) && !STATUS.test(errorCode)) return { errorCode, errorMessage };
  const end = errorMessage.indexOf(". ");
  return { errorCode, errorMessage: end < 0 ? errorMessage : errorMessage.slice(0, end + 1) };
}
