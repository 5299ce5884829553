/**
 * What CloudFormation calls in the name of who deploys, by type of resource: the permissions that its registry has for the
 * types' handlers, without those for properties that no template of ours sets. And what the framework calls besides.
 * `npm run test:aws -- lint` compares it with the registry's schemas.
 */

interface OnResource {
  /** Of a name that a deployment could have. */
  readonly resource: string;
  readonly actions: readonly string[];
  readonly facts?: Readonly<Record<string, readonly string[]>>;
}

interface Rights extends OnResource {
  /** What of the registry's list is for properties that are not set. */
  readonly notNeeded?: RegExp;
  /** What the type's handlers do to resources of other kinds. */
  readonly besides?: readonly OnResource[];
}

const api = (path: string, ...methods: readonly string[]): Rights => ({
  resource: `arn:aws:apigateway:eu-west-1::/${path}`,
  actions: methods.map((method) => `apigateway:${method}`),
  notNeeded: /^(iam:PassRole|s3:GetObject|apigateway:UpdateRestApiPolicy)$/,
});

const FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:hydrant-prod-api";
const BUCKET = "arn:aws:s3:::hydrant-prod-log-123456789012";
/** @param names apart by blanks */
const of = (service: string, names: string) =>
  names
    .trim()
    .split(/\s+/)
    .map((name) => `${service}:${name}`);

export const BY_TYPE: Readonly<Record<string, Rights>> = {
  "AWS::ApiGateway::BasePathMapping": api(
    "domainnames/a.b/basepathmappings",
    "POST",
    "GET",
    "DELETE",
    "PATCH",
  ),
  "AWS::ApiGateway::Deployment": api(
    "restapis/abc/deployments",
    "POST",
    "PATCH",
    "PUT",
    "GET",
    "DELETE",
  ),
  "AWS::ApiGateway::DomainName": {
    ...api("domainnames", "POST", "PUT", "GET", "PATCH", "DELETE"),
    // API Gateway's own distribution, behind a domain of the endpoint type EDGE.
    besides: [
      {
        resource: "arn:aws:cloudfront::123456789012:distribution/E1ABCDEF",
        actions: ["cloudfront:UpdateDistribution"],
        facts: { "aws:CalledVia": ["cloudformation.amazonaws.com"] },
      },
    ],
  },
  "AWS::ApiGateway::GatewayResponse": api(
    "restapis/abc/gatewayresponses/DEFAULT_4XX",
    "PUT",
    "GET",
    "DELETE",
  ),
  "AWS::ApiGateway::Method": api("restapis/abc/resources/def/methods/ANY", "PUT", "GET", "DELETE"),
  "AWS::ApiGateway::Resource": api("restapis/abc/resources/def", "POST", "GET", "PATCH", "DELETE"),
  "AWS::ApiGateway::RestApi": api("restapis", "GET", "POST", "PUT", "PATCH", "DELETE"),
  "AWS::Budgets::Budget": {
    resource: "arn:aws:budgets::123456789012:budget/hydrant-prod",
    actions: of(
      "budgets",
      `
      ListTagsForResource ModifyBudget TagResource UntagResource ViewBudget`,
    ),
    notNeeded: /^billing:/,
  },
  "AWS::CloudWatch::Alarm": {
    resource: "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:hydrant-prod-dead-letters",
    actions: of(
      "cloudwatch",
      `
      DeleteAlarms DescribeAlarms ListTagsForResource PutMetricAlarm TagResource
      UntagResource`,
    ),
  },
  "AWS::CloudWatch::Dashboard": {
    resource: "arn:aws:cloudwatch::123456789012:dashboard/hydrant-prod",
    actions: of(
      "cloudwatch",
      `
      DeleteDashboards GetDashboard ListTagsForResource PutDashboard TagResource
      UntagResource`,
    ),
  },
  "AWS::DynamoDB::Table": {
    resource: "arn:aws:dynamodb:eu-west-1:123456789012:table/hydrant-prod-log",
    actions: of(
      "dynamodb",
      `
      CreateTable DeleteTable DescribeContinuousBackups DescribeContributorInsights
      DescribeImport DescribeKinesisStreamingDestination DescribeTable DescribeTimeToLive
      GetResourcePolicy ListTagsOfResource TagResource UntagResource
      UpdateContinuousBackups UpdateContributorInsights UpdateTable UpdateTimeToLive`,
    ),
    // Imports, replicas, policies, streams of Kinesis, and customers' keys.
    notNeeded:
      /^(kinesis|iam|kms|logs|s3):|:(ImportTable|CreateTableReplica|AssociateTableReplica|(Put|Delete)ResourcePolicy|(Enable|Disable|Update)Kinesis\w+|Scan|Query|\w+Item)$/,
  },
  "AWS::Events::Rule": {
    resource: "arn:aws:events:eu-west-1:123456789012:rule/hydrant-prod-sweep",
    actions: of(
      "events",
      `
      DeleteRule DescribeRule ListTargetsByRule PutRule PutTargets RemoveTargets
      TagResource UntagResource`,
    ),
    notNeeded: /^iam:PassRole$/,
  },
  "AWS::IAM::ManagedPolicy": {
    resource: "arn:aws:iam::123456789012:policy/hydrant-prod-Policy-AB12",
    actions: of(
      "iam",
      `
      CreatePolicy CreatePolicyVersion DeletePolicy DeletePolicyVersion GetPolicy
      ListEntitiesForPolicy ListPolicyVersions`,
    ),
    // Of users and groups; roles stand in a row of their own.
    notNeeded: /:(At|De)tach\w+Policy$/,
  },
  "AWS::IAM::Role": {
    resource: "arn:aws:iam::123456789012:role/hydrant-prod-ApiRole-AB12",
    actions: of(
      "iam",
      `
      AttachRolePolicy CreateRole DeleteRole DeleteRolePolicy DetachRolePolicy GetRole
      GetRolePolicy ListAttachedRolePolicies ListRolePolicies PutRolePolicy TagRole
      UntagRole UpdateAssumeRolePolicy UpdateRole UpdateRoleDescription`,
    ),
    notNeeded: /PermissionsBoundary$/,
  },
  "AWS::Lambda::EventInvokeConfig": {
    resource: FUNCTION,
    actions: of(
      "lambda",
      "DeleteFunctionEventInvokeConfig PutFunctionEventInvokeConfig UpdateFunctionEventInvokeConfig",
    ),
  },
  "AWS::Lambda::EventSourceMapping": {
    resource: "arn:aws:lambda:eu-west-1:123456789012:event-source-mapping:1",
    actions: of(
      "lambda",
      `
      CreateEventSourceMapping DeleteEventSourceMapping GetEventSourceMapping TagResource
      UntagResource UpdateEventSourceMapping`,
    ),
    notNeeded: /^kms:/,
  },
  "AWS::Lambda::Function": {
    resource: FUNCTION,
    actions: of(
      "lambda",
      `
      CreateFunction DeleteFunction DeleteFunctionConcurrency GetFunction
      GetFunctionCodeSigningConfig GetFunctionRecursionConfig GetRuntimeManagementConfig
      PublishVersion PutFunctionConcurrency PutRuntimeManagementConfig TagResource
      UntagResource UpdateFunctionCode UpdateFunctionConfiguration`,
    ),
    // Networks, file systems, layers, code signing, capacity and customers' keys; the role and the code stand below.
    notNeeded:
      /^(ec2|elasticfilesystem|s3files|kms|iam|s3):|:(\w*CodeSigningConfig|GetLayerVersion|PutFunction(Recursion|Scaling|CodeSigning)Config|PassCapacityProvider|AssociateRuntimeAlias)$/,
  },
  "AWS::Lambda::Permission": {
    resource: FUNCTION,
    actions: of("lambda", "AddPermission RemovePermission"),
  },
  "AWS::Lambda::Url": {
    resource: FUNCTION,
    actions: of(
      "lambda",
      `
      CreateFunctionUrlConfig DeleteFunctionUrlConfig UpdateFunctionUrlConfig`,
    ),
  },
  "AWS::Logs::LogGroup": {
    resource: "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/hydrant-prod-api",
    actions: of(
      "logs",
      `
      CreateLogGroup DeleteLogGroup DeleteRetentionPolicy DescribeIndexPolicies
      DescribeLogGroups DescribeResourcePolicies GetDataProtectionPolicy
      ListTagsForResource PutRetentionPolicy TagResource UntagResource`,
    ),
    // Protections, keys, policies, indexes and deliveries of a log group.
    notNeeded:
      /^(s3|firehose):|KmsKey$|(Put|Delete)\w+(DataProtectionPolicy|ResourcePolicy|IndexPolicy|BearerTokenAuthentication|DeletionProtection)$|:(Put|Delete)(DataProtection|Resource|Index)Policy$|:PutBearerTokenAuthentication$|CreateLogDelivery$/,
  },
  "AWS::Logs::MetricFilter": {
    resource: "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/hydrant-prod-api",
    actions: of("logs", "DeleteMetricFilter DescribeMetricFilters PutMetricFilter"),
  },
  "AWS::S3::Bucket": {
    resource: BUCKET,
    actions: of(
      "s3",
      `
      CreateBucket DeleteBucket GetBucketAcl ListBucket PutBucketOwnershipControls
      PutBucketPublicAccessBlock PutBucketTagging PutBucketVersioning
      PutEncryptionConfiguration PutLifecycleConfiguration TagResource UntagResource`,
    ),
    // All else that a bucket may have.
    notNeeded:
      /^(iam|s3tables):|Metadata|Replication|Analytics|Inventory|Metrics|Intelligent|ObjectLock|Accelerate|:(PutBucket(Abac|Acl|CORS|Logging|Notification|Website)|DeleteBucket(Cors|Encryption|Lifecycle|Website)|PutObjectAcl|DeleteObject)$/,
  },
  "AWS::S3::BucketPolicy": {
    resource: BUCKET,
    actions: of("s3", "DeleteBucketPolicy GetBucketPolicy PutBucketPolicy"),
  },
  "AWS::SNS::Topic": {
    resource: "arn:aws:sns:eu-west-1:123456789012:hydrant-prod-alarms",
    actions: of(
      "sns",
      `
      CreateTopic DeleteTopic GetDataProtectionPolicy GetTopicAttributes
      ListSubscriptionsByTopic ListTagsForResource SetTopicAttributes Subscribe
      TagResource Unsubscribe UntagResource`,
    ),
    notNeeded: /^iam:|:PutDataProtectionPolicy$/,
  },
  "AWS::SNS::TopicPolicy": {
    resource: "arn:aws:sns:eu-west-1:123456789012:hydrant-prod-alarms",
    actions: of("sns", "SetTopicAttributes"),
  },
  "AWS::SQS::Queue": {
    resource: "arn:aws:sqs:eu-west-1:123456789012:hydrant-prod-deliver",
    actions: of(
      "sqs",
      `
      CreateQueue DeleteQueue GetQueueAttributes GetQueueUrl ListQueueTags
      SetQueueAttributes TagQueue UntagQueue`,
    ),
  },
};

/** The framework's own calls, and what CloudFormation needs beside the types'. */
export const BESIDES: readonly OnResource[] = [
  {
    resource: "arn:aws:cloudformation:eu-west-1:123456789012:stack/hydrant-prod/1a2b",
    actions: of(
      "cloudformation",
      `
      CreateChangeSet CreateStack DeleteChangeSet DeleteStack DescribeChangeSet
      DescribeStackEvents DescribeStackResource DescribeStackResources DescribeStacks
      ExecuteChangeSet GetTemplate ListStackResources SetStackPolicy TagResource
      UpdateStack`,
    ),
  },
  {
    resource: "*",
    actions: [
      ...of("cloudformation", "DescribeStacks ListExports ValidateTemplate"),
      ...of("lambda", "CreateEventSourceMapping ListEventSourceMappings"),
      "logs:DescribeLogGroups",
      "sts:GetCallerIdentity",
      "kms:ListAliases",
      // Of functions in a VPC, which this stack's are not; CloudFormation asks when it deletes a function.
      "ec2:DescribeNetworkInterfaces",
    ],
  },
  {
    resource:
      "arn:aws:s3:::hydrant-prod-serverlessdeploymentbucket-ab12/serverless/hydrant/prod/api.zip",
    actions: of("s3", "DeleteObject GetObject PutObject"),
  },
  {
    // Before a stack is removed, whether records wait in it.
    resource: "arn:aws:dynamodb:eu-west-1:123456789012:table/hydrant-prod-state",
    actions: of("dynamodb", "GetItem Query"),
    facts: { "dynamodb:LeadingKeys": ["readers#firehose/logs/1/0"] },
  },
  {
    resource: "arn:aws:s3:::hydrant-prod-serverlessdeploymentbucket-ab12",
    actions: of("s3", "GetBucketLocation ListBucket ListBucketVersions"),
  },
  { resource: FUNCTION, actions: of("lambda", "GetPolicy ListTags ListVersionsByFunction") },
  // The stage's throttle.
  api("restapis/abc/stages/prod", "PATCH"),
  {
    resource: "arn:aws:iam::123456789012:role/hydrant-prod-ApiRole-AB12",
    actions: ["iam:PassRole"],
    facts: { "iam:PassedToService": ["lambda.amazonaws.com"] },
  },
];
