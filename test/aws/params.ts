/**
 * What a stage is deployed with that the conformance tests run against: everything that they name may be named. For a stage
 * of its own; docs/against-aws.md has the same list.
 */
export function suiteParams(region: string, accountId: string): Readonly<Record<string, string>> {
  const functions = `arn:aws:lambda:${region}:${accountId}:function:*`;
  return {
    destinationBuckets: "*",
    transformFunctions: functions,
    consumerFunctions: functions,
    failureDestinations: `arn:aws:sqs:${region}:${accountId}:*,arn:aws:s3:::*`,
    errorLogGroups: `arn:aws:logs:${region}:${accountId}:log-group:/aws/*`,
    streamKeys: `arn:aws:kms:${region}:${accountId}:key/*`,
    // Some tests are about what is refused while a stream changes, which by default nobody sees.
    streamTransitionMs: "500",
  };
}
