/**
 * The throttle of the API's stage. The template cannot say it: the stage is made by the framework's first deployment of the
 * API, and CloudFormation takes settings of a stage only from what makes it. So it is set when a deployment is over, as the
 * framework itself sets what else a stage has.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
 */
import { createRequire } from "node:module";

const NUMBER = /^\d+(\.\d+)?$/;

/** What UpdateStage is asked for; empty: nothing, and what stands there stays. */
export function throttleOperations({ rate, burst }) {
  const settings = Object.entries({ rate, burst }).filter(([, value]) => String(value) !== "");
  for (const [name, value] of settings) {
    if (NUMBER.test(String(value))) continue;
    throw new Error(`stage${name === "rate" ? "Rate" : "Burst"} must be a number, got ${value}`);
  }
  return settings.map(([name, value]) => ({
    op: "replace",
    path: `/*/*/throttling/${name}Limit`,
    value: String(value),
  }));
}

/** @param serverless the framework, behind a deployment */
export async function throttleStage(serverless, settings) {
  const patchOperations = throttleOperations(settings);
  if (patchOperations.length === 0) return;
  const provider = serverless.getProvider("aws");
  // The framework's own clients; nobody else needs them.
  const require = createRequire(createRequire(import.meta.url).resolve("serverless/package.json"));
  const { APIGatewayClient, UpdateStageCommand } = require("@aws-sdk/client-api-gateway");
  const { DescribeStackResourceCommand } = require("@aws-sdk/client-cloudformation");
  const cloudFormation = await provider.getCloudFormationClient();
  const { StackResourceDetail: api } = await cloudFormation.send(
    new DescribeStackResourceCommand({
      StackName: provider.naming.getStackName(),
      LogicalResourceId: "ApiGatewayRestApi",
    }),
  );
  const gateway = new APIGatewayClient(await provider.getAwsSdkV3Config());
  const restApiId = api.PhysicalResourceId;
  const stageName = provider.getApiGatewayStage();
  await gateway.send(new UpdateStageCommand({ restApiId, stageName, patchOperations }));
}
