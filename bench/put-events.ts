/** The event that API Gateway makes of a PutRecordBatch or PutRecord, signed and encoded by AWS's own SDK. */
import { FirehoseClient, PutRecordBatchCommand, PutRecordCommand } from "@aws-sdk/client-firehose";
import type { APIGatewayProxyEvent } from "aws-lambda";

export const BENCH_KEY = { id: "BENCHKEY", secret: "bench-secret", createdAtMs: 0 };
export const BENCH_REGION = "us-east-1";

interface Outgoing {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string;
}

export async function putEvent(
  streamName: string,
  records: readonly Uint8Array[],
): Promise<APIGatewayProxyEvent> {
  let caught: Outgoing | undefined;
  const client = new FirehoseClient({
    endpoint: "http://127.0.0.1:4566",
    region: BENCH_REGION,
    maxAttempts: 1,
    credentials: { accessKeyId: BENCH_KEY.id, secretAccessKey: BENCH_KEY.secret },
    requestHandler: {
      handle(request: Outgoing) {
        caught = request;
        return Promise.reject(new Error("caught"));
      },
    } as never,
  });
  const DeliveryStreamName = streamName;
  const [first] = records;
  const sent =
    records.length === 1 && first !== undefined
      ? client.send(new PutRecordCommand({ DeliveryStreamName, Record: { Data: first } }))
      : client.send(
          new PutRecordBatchCommand({
            DeliveryStreamName,
            Records: records.map((Data) => ({ Data })),
          }),
        );
  await sent.catch(() => undefined);
  if (caught === undefined) throw new Error("the SDK sent nothing");
  const { method, headers, body } = caught;
  const text = typeof body === "string" ? body : Buffer.from(new Uint8Array(body)).toString();
  return {
    httpMethod: method,
    path: "/",
    headers,
    multiValueHeaders: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, [value]]),
    ),
    multiValueQueryStringParameters: null,
    // What arrives is text of its own, cut out of the event's JSON, and not a rope that something still has to join.
    body: JSON.parse(JSON.stringify(text)),
    isBase64Encoded: false,
    requestContext: { path: "/", requestId: "c6af9ac6-7b61-11e6-9a41-93e8deadbeef" },
  } as unknown as APIGatewayProxyEvent;
}
