/** Every data stream, in pages that are read at once. */
import type { StreamStore } from "./store.ts";
import type { DataStream } from "./stream.ts";

const PAGE_COUNT = 100;

export async function* allDataStreams(store: StreamStore): AsyncGenerator<readonly DataStream[]> {
  let after: string | undefined;
  for (;;) {
    const names = await store.list({ limit: PAGE_COUNT, ...(after !== undefined && { after }) });
    const streams = await Promise.all(names.map((name) => store.get(name)));
    yield streams.filter((stream) => stream !== undefined);
    after = names.at(-1);
    if (names.length < PAGE_COUNT) return;
  }
}
