/** The queue poller before the embedded SQS: what is handled is deleted, what failed comes back. */
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { callAws } from "../../../offline/aws-json.ts";
import { pollQueue } from "../../../offline/events/queue-poller.ts";
import type { Invocation } from "../../../offline/invoke.ts";
import { startSqs, type RunningSqs } from "../../../offline/services/sqs.ts";

let sqs: RunningSqs;
let abort = new AbortController();
beforeAll(async () => {
  sqs = await startSqs();
});
afterEach(() => abort.abort());
afterAll(() => sqs.stop());

interface SqsEvent {
  readonly Records: readonly {
    readonly messageId: string;
    readonly body: string;
    readonly attributes: Readonly<Record<string, string>>;
  }[];
}

const call = <T>(operation: string, input: object) =>
  callAws<T>(sqs.endpoint, `AmazonSQS.${operation}`, input);

async function newQueue(attributes: Record<string, string> = {}): Promise<string> {
  const { QueueUrl } = await call<{ QueueUrl: string }>("CreateQueue", {
    QueueName: `queue-${crypto.randomUUID()}`,
    Attributes: attributes,
  });
  return QueueUrl;
}

function start(queueUrl: string, respond: (event: SqsEvent) => Invocation, batchSize = 10): void {
  abort = new AbortController();
  const mapping = {
    functionName: "worker",
    queueUrl,
    queueArn: "arn:aws:sqs:us-east-1:000000000000:any",
    batchSize,
    reportsItems: true,
    maxConcurrency: 10,
  };
  const ports = { sqsEndpoint: sqs.endpoint, signal: abort.signal, report: () => {} };
  void pollQueue(mapping, {
    ...ports,
    invoke: (_, event) => Promise.resolve(respond(event as SqsEvent)),
  });
}

it("brings back only the failed message of a batch", async () => {
  const queue = await newQueue({ VisibilityTimeout: "1" });
  for (const body of ["good", "bad"])
    await call("SendMessage", { QueueUrl: queue, MessageBody: body });
  const seen: string[] = [];
  const retried = Promise.withResolvers<string | undefined>();
  start(queue, ({ Records }) => {
    seen.push(...Records.map(({ body }) => body));
    const again = Records.find(({ attributes }) => attributes["ApproximateReceiveCount"] === "2");
    if (again !== undefined) retried.resolve(again.body);
    const failed = again === undefined ? Records.filter(({ body }) => body === "bad") : [];
    const batchItemFailures = failed.map(({ messageId }) => ({ itemIdentifier: messageId }));
    return { kind: "returned", payload: JSON.stringify({ batchItemFailures }) };
  });
  expect(await retried.promise).toBe("bad");
  expect(seen.toSorted()).toEqual(["bad", "bad", "good"]);
});

it("works on many single messages at once", async () => {
  const queue = await newQueue();
  for (let n = 0; n < 30; n++)
    await call("SendMessage", { QueueUrl: queue, MessageBody: String(n) });
  const seen = new Set<string>();
  const all = Promise.withResolvers<void>();
  start(
    queue,
    ({ Records }) => {
      for (const { body } of Records) seen.add(body);
      if (Records.length !== 1) all.reject(new Error("a batch of one was asked for"));
      if (seen.size === 30) all.resolve();
      return { kind: "returned", payload: "null" };
    },
    1,
  );
  await all.promise;
  expect(seen.size).toBe(30);
});

it("leaves a message that keeps failing to the queue's own redrive policy", async () => {
  const dead = await newQueue();
  const { Attributes } = await call<{ Attributes: { QueueArn: string } }>("GetQueueAttributes", {
    QueueUrl: dead,
    AttributeNames: ["QueueArn"],
  });
  const queue = await newQueue({
    VisibilityTimeout: "0",
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: Attributes.QueueArn, maxReceiveCount: 2 }),
  });
  await call("SendMessage", { QueueUrl: queue, MessageBody: "poison" });
  start(queue, () => ({ kind: "failed", message: "broken" }));
  const { Messages } = await call<{ Messages?: readonly { readonly Body: string }[] }>(
    "ReceiveMessage",
    {
      QueueUrl: dead,
      WaitTimeSeconds: 20,
    },
  );
  expect(Messages?.map(({ Body }) => Body)).toEqual(["poison"]);
});
