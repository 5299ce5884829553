/**
 * Why rights stand in the roles that no recorded call has used: one row for each reason, by what the findings of `checkRights`
 * are like. A row that nothing is like any more goes.
 */
export interface Reason {
  readonly rights: RegExp;
  readonly why: string;
}

export const UNUSED: readonly Reason[] = [
  {
    rights:
      /^\w+: logs:(CreateLogStream|PutLogEvents) on \S+:log-group:\/aws\/lambda\/hydrant-dev-\w+:\*$/,
    why: "Lambda writes the function's own log",
  },
  {
    rights:
      /^\w+: sqs:(ReceiveMessage|DeleteMessage|GetQueueAttributes) on \S+:hydrant-dev-(deliver|consume|rings)$/,
    why: "Lambda polls the function's queue",
  },
  {
    rights: /^DoorbellRole: dynamodb:\w+ on \S+\/hydrant-dev-log\/stream\/\S+$/,
    why: "Lambda reads the table's stream",
  },
  {
    rights: /^DoorbellRole: sqs:SendMessage on \S+:hydrant-dev-doorbell-dead-letters$/,
    why: "Lambda sends what it gave up there",
  },
  {
    rights: /^DoorbellRole: sqs:(SendMessage|ChangeMessageVisibility) on \S+:hydrant-dev-rings$/,
    why: "rings that failed, which takes a table that does not answer: test/unit/readers",
  },
  {
    rights: /^\w+: kms:(Decrypt|GenerateDataKey) on /,
    why: "on the local stack keys follow from a file; the deployment in the emulator encrypts with KMS",
  },
  {
    rights: /^DeliverRole: (glue:(GetTable|UpdateTable)|s3tables:\w+) on /,
    why: "there is no Glue and no S3 Tables on the local stack: test/unit/storage",
  },
  {
    rights: /^DeliverRole: sts:AssumeRole on /,
    why: "no role is assumed on the local stack: test/unit/storage/sts",
  },
  {
    rights: /^DeliverRole: secretsmanager:GetSecretValue on /,
    why: "on a laptop secrets stand in a file: test/unit/storage/secrets-manager",
  },
  {
    why: "nothing is copied into Redshift while rights are recorded",
    rights: /^DeliverRole: redshift(-data|-serverless)?:\w+ on /,
  },
  {
    why: "no domain of OpenSearch is delivered to while rights are recorded",
    rights: /^DeliverRole: (es:DescribeDomain|es:ESHttpPost|aoss:APIAccessAll) on /,
  },
  {
    rights: /^DeliverRole: logs:PutLogEvents on \S+\/aws\/kinesisfirehose\//,
    why: "the local stack writes what delivery streams tell of errors into a file",
  },
  {
    rights: /^\w+: glue:GetTableVersion on /,
    why: "for streams that name a version of their table",
  },
  {
    rights: /^\w+: glue:GetTable, glue:GetTableVersion on \S+:(catalog|database\/\*)$/,
    why: "Glue wants the catalog's and the database's right beside the table's",
  },
  {
    rights: /^\w+: glue:GetTable on /,
    why: "the api reads a table only to find a record's row, and to dry-run a conversion",
  },
  {
    rights: /^\w+: lambda:InvokeFunction on \S+:hydrant-dev-(transform|consumer)$/,
    why: "the example's function, for which the suites take functions of their own",
  },
  {
    rights:
      /^ConsumeRole: (s3:PutObject on arn:aws:sqs:|sqs:GetQueueUrl, sqs:SendMessage on arn:aws:s3:)/,
    why: "one parameter lists queues and buckets, and each of its ARNs stands in both statements",
  },
  {
    rights: /^ConsumeRole: sqs:(GetQueueUrl|SendMessage) on \S+:hydrant-dev-consumer-failures$/,
    why: "the stack's own queue for failures, for which the suites take queues of their own",
  },
  {
    rights: /^DeliverRole: s3:AbortMultipartUpload on /,
    why: "an upload that failed is taken back: test/contract/s3.test.ts",
  },
  {
    rights: /^DeliverRole: s3:(Get|Put)ObjectTagging on /,
    why: "only with redrivenObjects=tag or move, which the recorded stack has not",
  },
  {
    rights: /^\w+: s3:ListBucket on \S+-log-\d+$/,
    why: "lets S3 say of a body that it is not there, instead of that it may not be seen",
  },
  {
    rights: /^(Api|Subscribe)Role: s3:PutObject on \S+\/(week|year)\/\*$/,
    why: "large blocks of streams with a longer retention: test/unit/log",
  },
  {
    rights: /^DeliverRole: s3:(PutObject|DeleteObject) on \S+\/spool\/\*$/,
    why: "what waits for its partition goes there when it is much: test/contract/spool-store.ts",
  },
  {
    rights:
      /^DeliverRole: dynamodb:[\w:, ]+ on (\S+\/hydrant-dev-state |keys )(delivery-stream#\*|counter#firehose\/\*)/,
    why: "more lanes, where a reader falls behind: test/contract/lane-roles.test.ts",
  },
  {
    rights: /^DeliverRole: dynamodb:\w+ on \S+ (readers#kinesis\/\*|counter#\*, readers#\*)/,
    why: "one list of keys with the sweep, which asks for readers; and readers of a replay's shards end: test/contract/replay-roles.test.ts",
  },
  {
    rights:
      /^(Deliver|Consume|Sweep|Mappings)Role: dynamodb:(PutItem|Query) on \S+\/hydrant-dev-log$/,
    why: "whoever finds a reshard that nobody finished finishes it, and rings for the children: test/simulation",
  },
  {
    rights: /^(Consume|Sweep|Mappings)Role: dynamodb:[\w:, ]+ on keys /,
    why: "one statement has the keys of all that a call may have left half done, and a deletion has to remove: test/simulation",
  },
  {
    rights:
      /^(SweepRole: dynamodb:PutItem|MappingsRole: dynamodb:(DeleteItem|Query)) on \S+\/hydrant-dev-state /,
    why: "the same, and what a stack that is removed removes: test/unit/operations/hydrant and test/simulation",
  },
  {
    rights: /^(Sweep|Mappings)Role: s3:(GetObject|PutObject) on \S+-log-\d+\/day\/\*/,
    why: "bodies are copied when a stream's retention is raised, by whoever goes on with it: test/unit/delivery",
  },
  {
    rights:
      /^(SweepRole: sqs:SendMessage on \S+-consume|MappingsRole: sqs:SendMessage on \S+-deliver)$/,
    why: "wake-ups that were lost, of which the suites lose few: test/simulation",
  },
];
