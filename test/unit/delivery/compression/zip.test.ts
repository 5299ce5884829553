import { expect, test } from "vitest";
import { unzip } from "../../../helpers/unzip.ts";
import { compress, cut, logLines } from "./compressing.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

test("ZIP holds one deflated entry, named by a UUID", async () => {
  const contents = logLines(1_000_000);
  const archive = await compress("ZIP", cut(contents, [999, 1, 300_000, 17]));
  const entries = await unzip(archive);
  expect(entries).toHaveLength(1);
  const [{ entry, contents: read }] = entries as [(typeof entries)[0]];
  expect(read.equals(contents)).toBe(true);
  expect(entry.fileName).toMatch(UUID);
  expect(entry).toMatchObject({ compressionMethod: 8, uncompressedSize: contents.byteLength });
  expect(archive.byteLength).toBeLessThan(contents.byteLength / 2);
});

test("ZIP tells the same whenever the same object is made", async () => {
  const chunks = () => [Buffer.from("x")];
  const first = await compress("ZIP", chunks(), "one key");
  expect(await compress("ZIP", chunks(), "one key")).toEqual(first);
  const other = await compress("ZIP", chunks(), "another key");
  const names = await Promise.all([first, other].map(unzip));
  expect(names[0]![0]!.entry.fileName).not.toBe(names[1]![0]!.entry.fileName);
});
