/** Redrives against the running stack: what failed arrives after the mend, each record once, however often it is asked for. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { DescribeDeliveryStreamCommand, UpdateDestinationCommand } from "@aws-sdk/client-firehose";
import { expect, inject, test } from "vitest";
import { accessLogLines } from "../../helpers/access-log.ts";
import { call } from "../../conformance/hydrant/client.ts";
import { linesOf } from "../../helpers/delivered.ts";
import { eventually } from "../../helpers/eventually.ts";
import { bucketOf, clientOf, createStream, putAll } from "./streams.ts";

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

test("one record in a hundred is broken: it is redriven after the mend, none is lost and none is there twice", async () => {
  const client = clientOf(stack);
  const delivered = bucketOf(stack);
  const Processors = [{ Type: "Decompression" as const }];
  const name = await createStream(stack, client, {
    CompressionFormat: "GZIP",
    ProcessingConfiguration: { Enabled: true, Processors },
  });
  const lines = accessLogLines(4, 300);
  const isBroken = (i: number) => i % 100 === 50;
  await putAll(
    client,
    name,
    lines.map((line, i) => (isBroken(i) ? line : gzipSync(line))),
    60,
  );
  const good = async () => {
    const objects = await delivered.objects(`${name}/`);
    return linesOf(objects.filter(({ key }) => !key.includes("-failed/")));
  };
  const broken = async () => {
    const objects = await delivered.objects(`${name}/`);
    return objects.filter(({ key }) => key.includes("-failed/"));
  };
  await eventually("all has been delivered or has failed", async () => {
    const count = (await good()).length + linesOf(await broken()).length;
    return count === lines.length ? count : undefined;
  });
  const kept = await broken();
  expect(linesOf(kept)).toHaveLength(3);
  expect(await hydrant("redrive", name, "--dry-run")).toMatch(
    /COMPLETED \(dry run\) 100% {2}\d of \d objects, 3 records/,
  );

  const { DeliveryStreamDescription } = await client.send(
    new DescribeDeliveryStreamCommand({ DeliveryStreamName: name }),
  );
  const { VersionId, Destinations } = DeliveryStreamDescription!;
  await client.send(
    new UpdateDestinationCommand({
      DeliveryStreamName: name,
      CurrentDeliveryStreamVersionId: VersionId,
      DestinationId: Destinations![0]!.DestinationId,
      ExtendedS3DestinationUpdate: { ProcessingConfiguration: { Enabled: false } },
    }),
  );
  const redriven = await Promise.all([hydrant("redrive", name), hydrant("redrive", name)]);
  expect(redriven.join()).toMatch(/COMPLETED 100%[^]*COMPLETED 100%/);
  expect(await hydrant("redrive", name)).toMatch(/ 0 records in [^]* objects were redriven before/);
  expect((await good()).toSorted()).toEqual(lines.toSorted());
  expect(await broken()).toEqual(kept);
  expect(await hydrant("redrive", name, "--after", "move")).toMatch(/ 0 records in /);
  expect(await broken()).toEqual([]);
  expect(await delivered.objects(`redriven/${name}/`)).toEqual(
    kept.map((object) => ({ ...object, key: `redriven/${object.key}` })),
  );
  expect(await hydrant("redrives", name)).toContain("COMPLETED (dry run)");
  const { value } = await call("ListRedrives", { DeliveryStreamName: name });
  expect(value.Redrives).toHaveLength(5);
});
