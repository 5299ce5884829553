/** Record metadata against the running stack: asked for in the terminal, and found again from what stands in the object. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { PutRecordBatchCommand } from "@aws-sdk/client-firehose";
import { expect, inject, test } from "vitest";
import { call } from "../../conformance/hydrant/client.ts";
import { eventually } from "../../helpers/eventually.ts";
import { bucketOf, clientOf, createStream } from "./streams.ts";

const stack = {
  apiEndpoint: inject("apiEndpoint"),
  s3Endpoint: inject("s3Endpoint"),
  deliveryBucket: inject("deliveryBucket"),
};
const LAUNCHER = fileURLToPath(new URL("../../../bin/hydrant.mjs", import.meta.url));

async function hydrant(...args: readonly string[]): Promise<string> {
  const all = [LAUNCHER, ...args, "--endpoint-url", stack.apiEndpoint];
  const { stdout } = await promisify(execFile)(process.execPath, all);
  return stdout;
}

interface Piece {
  readonly Key: string;
  readonly Offset: number;
  readonly Length: number;
}

test("each record holds the id that its producer was answered, by which its bytes are found", async () => {
  const client = clientOf(stack);
  const delivered = bucketOf(stack);
  const name = await createStream(stack, client);
  expect(await hydrant("metadata", name)).toContain("records no metadata");
  expect(await hydrant("metadata", name, "--as", "came")).toContain("in its objects: came");
  const since = Date.now();
  const Records = [0, 1, 2].map((n) => ({ Data: Buffer.from(JSON.stringify({ n })) }));
  const { RequestResponses } = await client.send(
    new PutRecordBatchCommand({ DeliveryStreamName: name, Records }),
  );
  const ids = RequestResponses!.map(({ RecordId }) => RecordId!);
  const [object] = await eventually("it is delivered", async () => {
    const objects = await delivered.objects(`${name}/`);
    return objects.length > 0 ? objects : undefined;
  });
  for (const [n, id] of ids.entries()) {
    const { value } = await call("LocateRecord", { DeliveryStreamName: name, RecordId: id });
    const [{ Pieces }] = value["Locations"] as [{ Pieces: readonly [Piece] }];
    const [{ Key, Offset, Length }] = Pieces;
    expect(Key).toBe(object!.key);
    const bytes = Buffer.from(object!.body).subarray(Offset, Offset + Length);
    const line = JSON.parse(bytes.toString()) as {
      readonly n: number;
      readonly came: { readonly id: string; readonly arrivalMs: number };
    };
    expect(line).toMatchObject({ n, came: { id } });
    expect(Math.abs(line.came.arrivalMs - since)).toBeLessThan(60_000);
  }
});
