/** Every delivery stream, page by page. */
import type { DeliveryStream } from "./delivery-stream.ts";
import type { DeliveryStreamStore } from "./ports.ts";

const PAGE_COUNT = 100;

export async function* allDeliveryStreams(
  store: DeliveryStreamStore,
): AsyncGenerator<DeliveryStream> {
  let after: string | undefined;
  for (;;) {
    const names = await store.list({ limit: PAGE_COUNT, ...(after !== undefined && { after }) });
    for (const name of names) {
      const stream = await store.get(name);
      if (stream) yield stream;
    }
    after = names.at(-1);
    if (names.length < PAGE_COUNT) return;
  }
}
