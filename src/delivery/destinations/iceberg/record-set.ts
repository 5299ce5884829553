/** Which records of a flush something is true of, by their places in it: a bit each, packed to be noted with the plan. */
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { RECORD_SET_MAX_BYTES } from "../../../limits.ts";

export class RecordSet {
  #bits: Uint8Array;
  #count = 0;

  /** @param packed of `pack` */
  constructor(packed?: string) {
    this.#bits =
      packed === undefined
        ? new Uint8Array(64)
        : new Uint8Array(
            inflateRawSync(Buffer.from(packed, "base64"), {
              maxOutputLength: RECORD_SET_MAX_BYTES,
            }),
          );
    for (let byte of this.#bits) for (; byte !== 0; byte &= byte - 1) this.#count++;
  }

  get size(): number {
    return this.#count;
  }

  has(place: number): boolean {
    return ((this.#bits[place >> 3] ?? 0) & (1 << (place & 7))) !== 0;
  }

  add(place: number): void {
    if (this.has(place)) return;
    const at = place >> 3;
    if (at >= this.#bits.length) {
      const longer = new Uint8Array(Math.max(at + 1, 2 * this.#bits.length));
      longer.set(this.#bits);
      this.#bits = longer;
    }
    this.#bits[at]! |= 1 << (place & 7);
    this.#count++;
  }

  pack(): string {
    return deflateRawSync(this.#bits).toString("base64");
  }
}
