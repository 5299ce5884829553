/** An object that has its name from the first record that comes to be in it, and that is none without one. */
import type { DeliveryRecord } from "../../record.ts";
import type { ObjectWriter, Sized } from "./object-writer.ts";

export class LateObject<Content extends Sized> {
  writer: ObjectWriter<Content> | undefined;
  readonly #open: (first: DeliveryRecord) => ObjectWriter<Content>;

  constructor(open: (first: DeliveryRecord) => ObjectWriter<Content>) {
    this.#open = open;
  }

  /** @param record the next one in it */
  from(record: DeliveryRecord): ObjectWriter<Content> {
    return (this.writer ??= this.#open(record));
  }
}
