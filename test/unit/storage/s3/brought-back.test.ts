/** What is brought back of a bucket with versions, as it stood at an instant. */
import {
  DeleteObjectsCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  S3Client,
} from "@aws-sdk/client-s3";
import { mockClient } from "aws-sdk-client-mock";
import { beforeEach, expect, test } from "vitest";
import { bringBack } from "../../../../src/storage/s3/brought-back.ts";

const s3 = mockClient(S3Client);
const client = new S3Client({ region: "us-east-1" });
beforeEach(() => s3.reset());

const INSTANT_MS = Date.parse("2026-11-30T12:00:00Z");

/** `-2` is two minutes before the instant. */
const at = (Key: string, minutes: number) => ({
  Key,
  VersionId: `${Key}@${minutes}`,
  LastModified: new Date(INSTANT_MS + minutes * 60_000),
});

type Page = Pick<ListObjectVersionsCommandOutput, "Versions" | "DeleteMarkers">;

function answer(...pages: readonly Page[]) {
  for (const [i, page] of pages.entries()) {
    const marker = i === 0 ? undefined : `page ${i}`;
    const more = i < pages.length - 1 && { IsTruncated: true, NextKeyMarker: `page ${i + 1}` };
    s3.on(ListObjectVersionsCommand, { Bucket: "log", KeyMarker: marker }).resolves({
      ...page,
      ...more,
    });
  }
  s3.on(DeleteObjectsCommand).resolves({});
}

const removed = () =>
  s3
    .commandCalls(DeleteObjectsCommand)
    .flatMap(({ args }) => args[0].input.Delete?.Objects ?? [])
    .map(({ VersionId }) => VersionId);

test("what stood and was removed since comes back, and nothing else is touched", async () => {
  answer({
    Versions: [
      at("spool/removed", -9),
      at("spool/removed-twice", -9),
      at("spool/removed-before", -9),
      at("spool/made-since", 1),
      at("spool/standing", -9),
      at("spool/written-anew", -9),
      at("spool/written-anew", 3),
    ],
    DeleteMarkers: [
      at("spool/removed", 1),
      at("spool/removed-twice", 1),
      at("spool/removed-twice", 2),
      at("spool/removed-before", -1),
      at("spool/made-since", 2),
      at("spool/written-anew", 2),
    ],
  });
  expect(await bringBack(client, "log", INSTANT_MS)).toBe(2);
  expect(removed()).toEqual(["spool/removed@1", "spool/removed-twice@2", "spool/removed-twice@1"]);
});

test("a key whose versions lie on two pages counts as one", async () => {
  answer(
    { Versions: [at("a", -9)], DeleteMarkers: [at("a", 1), at("b", 1)] },
    { Versions: [at("b", -9)] },
  );
  expect(await bringBack(client, "log", INSTANT_MS)).toBe(2);
  expect(removed()).toEqual(["a@1", "b@1"]);
});

test("what cannot be brought back is told", async () => {
  answer({ Versions: [at("a", -9)], DeleteMarkers: [at("a", 1)] });
  s3.on(DeleteObjectsCommand).resolves({
    Errors: [{ Key: "a", Code: "AccessDenied", Message: "no" }],
  });
  await expect(bringBack(client, "log", INSTANT_MS)).rejects.toThrow("a: AccessDenied no");
});
