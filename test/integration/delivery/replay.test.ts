/** Replays against the running stack: the same records once more, elsewhere and otherwise, while others are put. */
import { PutRecordCommand } from "@aws-sdk/client-firehose";
import { expect, inject, test } from "vitest";
import { accessLogLines } from "../../helpers/access-log.ts";
import { type Answer, call } from "../../conformance/hydrant/client.ts";
import { eventually } from "../../helpers/eventually.ts";
import { bucketOf, clientOf, createStream, drained, putAll } from "./streams.ts";

const stack = {
  apiEndpoint: inject("apiEndpoint"),
  s3Endpoint: inject("s3Endpoint"),
  deliveryBucket: inject("deliveryBucket"),
};

async function replayed(DeliveryStreamName: string, members: object): Promise<Answer["value"]> {
  const { status, value } = await call("StartReplay", { DeliveryStreamName, ...members });
  if (status !== 200) throw new Error(JSON.stringify(value));
  const { ReplayId } = value.Replay as { readonly ReplayId: string };
  return eventually("the replay is over", async () => {
    const answer = await call("DescribeReplay", { DeliveryStreamName, ReplayId });
    return answer.value.Replay.Status === "RUNNING" ? undefined : (answer.value.Replay as object);
  });
}

test("gives the same bytes under another prefix, and leaves what was delivered alone", async () => {
  const client = clientOf(stack);
  const delivered = bucketOf(stack);
  const name = await createStream(stack, client);
  const lines = accessLogLines(3, 800);
  await putAll(client, name, lines, 100);
  await drained(client, delivered, name);
  const before = await delivered.objects(`${name}/`);
  const replay = await replayed(name, {
    Destination: { Prefix: `again/${name}/`, CompressionFormat: "GZIP" },
  });
  expect(replay).toMatchObject({ Status: "COMPLETED", Progress: 1, RecordsReplayed: 801 });
  const again = await delivered.objects(`again/${name}/`);
  expect(again).toHaveLength(replay.ObjectsWritten as number);
  const text = (objects: typeof again) => Buffer.concat(objects.map(({ body }) => body)).toString();
  expect(text(again)).toBe(text(before));
  expect(await delivered.objects(`${name}/`)).toEqual(before);
  expect(again[0]?.contentEncoding).toBe("gzip");
});

test("goes through another pipeline than the delivery, or none, from one record to another", async () => {
  const client = clientOf(stack);
  const delivered = bucketOf(stack);
  const name = await createStream(stack, client, {
    ProcessingConfiguration: { Enabled: true, Processors: [{ Type: "AppendDelimiterToRecord" }] },
  });
  const recordIds: string[] = [];
  for (const text of ["a", "b", "c", "d"]) {
    const Record = { Data: Buffer.from(text) };
    const command = new PutRecordCommand({ DeliveryStreamName: name, Record });
    recordIds.push((await client.send(command)).RecordId!);
  }
  const objects = await drained(client, delivered, name);
  expect(Buffer.concat(objects.map(({ body }) => body)).toString()).toBe("a\nb\nc\nd\n\n");
  const raw = await replayed(name, {
    From: { RecordId: recordIds[1] },
    To: { RecordId: recordIds[2] },
    Destination: { Prefix: `raw/${name}/`, ProcessingConfiguration: { Enabled: false } },
  });
  expect(raw).toMatchObject({ Status: "COMPLETED", RecordsReplayed: 2 });
  const [object] = await delivered.objects(`raw/${name}/`);
  expect(object?.body.toString()).toBe("bc");
});
