/** What CloudFormation does, over the memory twins: it asks by request, and the consume function settles meanwhile. */
import { authorizeAccount } from "../../../../src/auth/authorize.ts";
import type { DeclaredContext } from "../../../../src/operations/context.ts";
import {
  answerDeclared,
  type DeclaredRequest,
} from "../../../../src/operations/hydrant/declared-resource.ts";
import { firehoseService } from "../../../../src/operations/firehose/index.ts";
import { resourceFacts } from "../../../../src/operations/resource-facts.ts";
import { caller } from "../kinesis/harness.ts";
import { harness } from "./harness.ts";

const STACK_ID = "arn:aws:cloudformation:eu-west-1:123456789012:stack/orders/1";

export async function declaredWorld(overrides: Partial<DeclaredContext> = {}) {
  const world = await harness();
  let isServed = true;
  const clock = {
    now: world.context.clock.now,
    async sleep(durationMs: number) {
      world.advance(durationMs);
      if (isServed) await world.settle();
    },
  };
  const context: DeclaredContext = { ...world.context, clock, ...overrides };
  let requestCount = 0;

  /** `requestId`: of a request that comes again. */
  async function request(
    ResourceType: string,
    members: Partial<DeclaredRequest>,
    requestId = `request-${(requestCount += 1)}`,
  ) {
    const { answer, failure } = await answerDeclared(
      {
        RequestType: "Create",
        ResponseURL: "http://127.0.0.1/answer",
        StackId: STACK_ID,
        RequestId: requestId,
        LogicalResourceId: "Declared",
        ResourceType,
        ...members,
      },
      context,
      (rights) =>
        authorizeAccount(rights, {
          accountId: context.accountId,
          nowMs: clock.now(),
          resources: (arn, asksTags) => resourceFacts(arn, asksTags, context),
        }),
    );
    return { ...answer, failure };
  }

  const kind = (type: string) => ({
    create: (ResourceProperties: Readonly<Record<string, unknown>>, requestId?: string) =>
      request(type, { ResourceProperties }, requestId),
    update: (
      PhysicalResourceId: string,
      ResourceProperties: Readonly<Record<string, unknown>>,
      requestId?: string,
    ) =>
      request(type, { RequestType: "Update", PhysicalResourceId, ResourceProperties }, requestId),
    remove: (
      PhysicalResourceId: string,
      ResourceProperties: Readonly<Record<string, unknown>> = {},
    ) => request(type, { RequestType: "Delete", PhysicalResourceId, ResourceProperties }),
  });

  return {
    ...world,
    request,
    /** Nobody serves the consume queue any more, as when the functions of a stack go first. */
    stopServing() {
      isServed = false;
    },
    mapping: kind("Custom::HydrantEventSourceMapping"),
    stream: kind("Custom::HydrantStream"),
    deliveryStream: kind("Custom::HydrantDeliveryStream"),
    consumer: kind("Custom::HydrantStreamConsumer"),
    policy: kind("Custom::HydrantResourcePolicy"),
    callFirehose: caller(firehoseService, context),
    describe: async (UUID: string) => (await world.call("GetEventSourceMapping", { UUID })).value,
    uuids: async () =>
      (await world.call("ListEventSourceMappings", {})).value.EventSourceMappings.map(
        ({ UUID }: { readonly UUID: string }) => UUID,
      ),
    summary: async (StreamName: string) =>
      (await world.callKinesis("DescribeStreamSummary", { StreamName })).value
        ?.StreamDescriptionSummary,
  };
}
