/** What the user sees when the stack is ready: where things are, and three commands to try. */
export interface BannerFacts {
  readonly apiEndpoint: string;
  readonly s3Endpoint: string;
  readonly sqsEndpoint: string;
  readonly dynamodbEndpoint: string;
  /** Of the API by TLS, where that is served. */
  readonly certFile?: string | undefined;
  readonly lambdaEndpoint: string;
  readonly dataDir: string | undefined;
  /** Absent: nothing is kept of what is logged. */
  readonly logFile?: string | undefined;
  /** Absent: nothing is kept of the errors of deliveries. */
  readonly errorLogFile?: string | undefined;
  /** Absent: nothing is kept of who did what. */
  readonly auditFile?: string | undefined;
  readonly deliveryBucket: string;
  readonly accountId: string;
  /** A queue that mappings may report to what they gave up. */
  readonly failureQueueArn: string;
  readonly readyAfterMs: number;
  readonly functionArns: readonly string[];
}

export function banner(facts: BannerFacts): string {
  const { accountId, apiEndpoint, s3Endpoint, sqsEndpoint, dynamodbEndpoint, lambdaEndpoint } =
    facts;
  const { certFile, deliveryBucket, failureQueueArn } = facts;
  const functions = facts.functionArns.map((arn) => `  function  ${arn}`);
  return [
    "",
    `Hydrant is ready (${(facts.readyAfterMs / 1000).toFixed(1)} s). Access key test, secret test, region us-east-1, account ${accountId}.`,
    "",
    `  API       ${apiEndpoint}   (Kinesis and Firehose, HTTP/1.1 and HTTP/2)`,
    ...(certFile === undefined
      ? []
      : [`  by TLS    ${apiEndpoint.replace("http:", "https:")}   (certificate ${certFile})`]),
    `  S3        ${s3Endpoint}   (bucket ${deliveryBucket})`,
    `  SQS       ${sqsEndpoint}   (for failures of consumers: ${failureQueueArn})`,
    `  DynamoDB  ${dynamodbEndpoint}   (for tables of your own, such as the leases of a KCL application)`,
    `  Lambda    ${lambdaEndpoint}   (invokes functions)`,
    `  data      ${facts.dataDir ?? "in memory"}`,
    ...(facts.logFile === undefined ? [] : [`  log       ${facts.logFile}`]),
    ...(facts.errorLogFile === undefined
      ? []
      : [
          `  errors    ${facts.errorLogFile}   (of deliveries, for streams with CloudWatchLoggingOptions)`,
        ]),
    ...(facts.auditFile === undefined
      ? []
      : [`  audit     ${facts.auditFile}   (who did what to which stream)`]),
    ...functions,
    "",
    "Try:",
    // Version 1 of the CLI and boto3 read only the second of the two.
    "  unset AWS_PROFILE AWS_SESSION_TOKEN",
    "  export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1",
    `  aws --endpoint-url ${apiEndpoint} firehose create-delivery-stream --delivery-stream-name tour \\`,
    `      --extended-s3-destination-configuration '{"BucketARN":"arn:aws:s3:::${deliveryBucket}","RoleARN":"arn:aws:iam::${accountId}:role/hydrant","BufferingHints":{"SizeInMBs":1,"IntervalInSeconds":60}}'`,
    `  aws --endpoint-url ${apiEndpoint} firehose put-record --delivery-stream-name tour --record '{"Data":"aGVsbG8K"}'`,
    `  aws --endpoint-url ${s3Endpoint} s3 ls --recursive s3://${deliveryBucket}/`,
    "",
    "Ctrl-C stops it.",
    "",
  ].join("\n");
}
