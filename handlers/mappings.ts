/** CloudFormation: brings event source mappings, data streams and delivery streams to what a stack declares of them. */
import middy from "@middy/core";
import { writeAudit } from "../src/observe/audit.ts";
import { failureFields } from "../src/observe/log.ts";
import {
  answerDeclared,
  type DeclaredRequest,
} from "../src/operations/hydrant/declared-resource.ts";
import { putAnswer } from "../src/storage/put-answer.ts";
import { deliveryContext, mappingContext } from "./mapping-context.ts";
import { log } from "./shared.ts";

/** Nothing that is declared hands out iterators or tokens, so the secret that seals them is not asked for. */
const context = { ...mappingContext, ...deliveryContext, tokenSecret: new Uint8Array() };

/** An answer that cannot be put fails the invocation: Lambda repeats it, and everything may come twice. */
export const handler = middy<DeclaredRequest, void>().handler(async (request) => {
  const { answer, failure } = await answerDeclared(request, context);
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
