/** What a ZIP archive holds, read by a program that is none of ours. */
import { buffer } from "node:stream/consumers";
import { type Entry, fromBufferPromise } from "yauzl";

export async function unzip(archive: Buffer) {
  const zip = await fromBufferPromise(archive);
  const entries: { entry: Entry; contents: Buffer }[] = [];
  for await (const entry of zip.eachEntry()) {
    entries.push({ entry, contents: await buffer(await zip.openReadStreamPromise(entry)) });
  }
  return entries;
}
