/**
 * What the database says of a COPY, in AWS's codes and sentences. The database's own words may quote records: they stay in
 * the Data API, where the statement's id leads to them.
 * https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-logs.html
 */
import type { DeliveryError } from "../../error-log/delivery-error.ts";
import type { StatementRefusal } from "./ports.ts";

const CONNECTION_FAILED =
  "The connection to the specified Amazon Redshift cluster failed. Ensure that security settings allow Firehose connections, that the cluster or database specified in the Amazon Redshift destination configuration or JDBC URL is correct, and that the cluster is available.";
const AUTHENTICATION_FAILED =
  "The provided user name and password failed authentication. Provide a valid user name and password.";
const ACCESS_DENIED =
  "Access was denied. Ensure that the trust policy for the provided IAM role allows Firehose to assume the role.";

/** The first of which all words are there counts. */
const REASONS: readonly (readonly [
  words: RegExp | readonly RegExp[],
  code: string,
  sentence: string,
])[] = [
  [
    /password authentication failed|authentication failed/i,
    "AuthenticationFailed",
    AUTHENTICATION_FAILED,
  ],
  [
    /S3ServiceException:?\s*Access ?Denied|not authorized to (assume|get credentials)|Status 403/i,
    "S3BucketAccessDenied",
    "The COPY command was unable to access the S3 bucket. Ensure that the access policy for the provided IAM role allows access to the S3 bucket.",
  ],
  [
    /specified endpoint|PermanentRedirect|Status 301|wrong region/i,
    "IncorrectOrMissingRegion",
    "Amazon Redshift attempted to use the wrong region endpoint for accessing the S3 bucket. Either specify a correct region value in the COPY command options or ensure that the S3 bucket is in the same region as the Amazon Redshift database.",
  ],
  [
    /NoSuchKey|Status 404|S3 prefix|mandatory/i,
    "MissingS3File",
    "One or more S3 files required by Amazon Redshift have been removed from the S3 bucket. Check the S3 bucket policies to remove any automatic deletion of S3 files.",
  ],
  [
    /jsonpaths?/i,
    "IncorrectJsonPathsFile",
    "The provided JsonPaths file is not in a supported JSON format. Retry the command.",
  ],
  [
    /permission denied|must be owner/i,
    "InsufficientPrivilege",
    "The user does not have permissions to load data into the table. Check the Amazon Redshift user permissions for the INSERT privilege.",
  ],
  [
    [/\bcolumn\b/i, /does not exist/i],
    "ColumnNotFound",
    "A column in the COPY command does not exist in the table. Specify a valid column name.",
  ],
  [
    /column mismatch|more columns|more expressions/i,
    "ColumnMismatch",
    "The number of jsonPaths in the COPY command and the number of columns in the destination table should match. Retry the command.",
  ],
  [
    [/\bdatabase\b/i, /does not exist/i],
    "DatabaseNotFound",
    "The database specified in the Amazon Redshift destination configuration or JDBC URL was not found. Specify a valid database name.",
  ],
  [
    [/\b(relation|table)\b/i, /does not exist|not found|cannot find/i],
    "TableNotFound",
    "The table to which to load data was not found. Ensure that the specified table exists.",
  ],
  [
    /NOT NULL|not-null/i,
    "MissingColumn",
    "There is a column defined in the table schema as NOT NULL without a DEFAULT value and not included in the column list. Exclude this column, ensure that the loaded data always provides a value for this column, or add a default value to the Amazon Redshift schema for this table.",
  ],
  [
    /conflicting|redundant|not (compatible|supported) (with|in)/i,
    "IncorrectCopyOptions",
    "Conflicting or redundant COPY options were provided. Some options are not compatible in certain combinations. Check the COPY command reference for more info.",
  ],
  [/syntax error/i, "SyntaxError", "The COPY command contains a syntax error. Retry the command."],
  [
    /disk full|no space left/i,
    "DiskFull",
    "Data could not be loaded because the disk is full. Increase the capacity of the Amazon Redshift cluster or delete unused data to free disk space.",
  ],
  [
    /read-?only|resize/i,
    "ReadOnlyCluster",
    "The query cannot be executed because the system is in resize mode. Try the query again later.",
  ],
  [/connection|terminating|shutting down|starting up/i, "ConnectionFailed", CONNECTION_FAILED],
];

const LOAD_FAILED =
  "Loading data into the table failed. Check STL_LOAD_ERRORS system table for details.";

export function errorOfReason(reason: string, statementId: string): DeliveryError {
  const [, code, sentence] = REASONS.find(([words]) =>
    [words].flat().every((word) => word.test(reason)),
  ) ?? [undefined, "DataLoadFailed", LOAD_FAILED];
  return {
    errorCode: `Redshift.${code}`,
    errorMessage: `${sentence} DescribeStatement of the Redshift Data API tells more of ${statementId}.`,
  };
}

export function errorOfRefusal(refusal: StatementRefusal): DeliveryError {
  if (refusal.kind === "none") {
    return {
      errorCode: "Redshift.ConnectionFailed",
      errorMessage: `${CONNECTION_FAILED} ${refusal.detail}`,
    };
  }
  const { name, message } = refusal;
  const isDenied = /AccessDenied|UnrecognizedClient|InvalidSignature|Expired|NotAuthorized/.test(
    name,
  );
  return isDenied
    ? { errorCode: "Redshift.AccessDenied", errorMessage: `${ACCESS_DENIED} ${message}` }
    : {
        errorCode: "Redshift.ConnectionFailed",
        errorMessage: `${CONNECTION_FAILED} ${name}: ${message}`,
      };
}

/** The Data API has too much to do, or did not answer: that is over sooner than in the time between two COPYs. */
export function isBusy(refusal: StatementRefusal): boolean {
  return (
    refusal.kind === "none" ||
    /Throttl|TooManyRequests|ActiveStatementsExceeded|ActiveSessionsExceeded|InternalServer|ServiceUnavailable|HTTP 5/.test(
      refusal.name,
    )
  );
}
