/** CloudFormation: brings event source mappings, data streams and delivery streams to what a stack declares of them. */
import middy from "@middy/core";
import { authorizeAccount } from "../src/auth/authorize.ts";
import { writeAudit } from "../src/observe/audit.ts";
import { failureFields } from "../src/observe/log.ts";
import {
  answerDeclared,
  type DeclaredRequest,
} from "../src/operations/hydrant/declared-resource.ts";
import { resourceFacts } from "../src/operations/resource-facts.ts";
import { putAnswer } from "../src/storage/put-answer.ts";
import type { Right } from "../src/wire/operation.ts";
import { deliveryContext, mappingContext } from "./mapping-context.ts";
import { log } from "./shared.ts";

/** Nothing that is declared hands out iterators or tokens, so the secret that seals them is not asked for. */
const context = { ...mappingContext, ...deliveryContext, tokenSecret: new Uint8Array() };

/** Whoever may invoke the function may do everything, but for what the policy of a stream denies everybody. */
function refuseDenied(rights: readonly Right[]): Promise<void> {
  const { accountId, clock } = context;
  const resources = (arn: string, asksTags: boolean) => resourceFacts(arn, asksTags, context);
  return authorizeAccount(rights, { accountId, nowMs: clock.now(), resources });
}

/** An answer that cannot be put fails the invocation: Lambda repeats it, and everything may come twice. */
export const handler = middy<DeclaredRequest, void>().handler(async (request) => {
  const { answer, failure } = await answerDeclared(request, context, refuseDenied);
  const fields = {
    request: request.RequestType,
    type: request.ResourceType,
    logicalId: request.LogicalResourceId,
    stack: request.StackId,
    id: answer.PhysicalResourceId,
    status: answer.Status,
  };
  writeAudit(log, {
    requestId: request.RequestId,
    action: `cloudformation:${request.RequestType}`,
    resource: `${request.ResourceType} ${answer.PhysicalResourceId}`,
    caller: request.StackId,
    outcome: answer.Status === "SUCCESS" ? "done" : failure === undefined ? "refused" : "failed",
  });
  if (failure === undefined) log.info("declared", fields);
  else log.error("declared", { ...fields, ...failureFields(failure) });
  await putAnswer(request.ResponseURL, JSON.stringify(answer), context.clock);
});
