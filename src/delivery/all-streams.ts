/** Every delivery stream, in the byte order of their names, in pages that are read at once. */
import type { DeliveryStream } from "./delivery-stream.ts";
import type { DeliveryStreamStore } from "./ports.ts";

const PAGE_COUNT = 100;

export async function* allDeliveryStreams(
  store: DeliveryStreamStore,
  startAfter?: string,
): AsyncGenerator<readonly DeliveryStream[]> {
  let after = startAfter;
  for (;;) {
    const names = await store.list({ limit: PAGE_COUNT, ...(after !== undefined && { after }) });
    const streams = await Promise.all(names.map((name) => store.get(name)));
    yield streams.filter((stream) => stream !== undefined);
    after = names.at(-1);
    if (names.length < PAGE_COUNT) return;
  }
}
