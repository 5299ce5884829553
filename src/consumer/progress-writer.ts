/**
 * Storing how far a run has come: one write at a time, always of what stands when it begins, so that lanes which end
 * together share a write.
 */
import type { Clock } from "../clock.ts";
import type { FencedResult } from "../readers/store.ts";

export class ProgressWriter {
  readonly #clock: Clock;
  readonly #write: () => Promise<FencedResult>;
  #version = 0;
  #writtenVersion = 0;
  #writing: Promise<void> | undefined;
  #writtenAtMs: number;
  #isFenced = false;
  #writeCount = 0;

  /** @param write stores all that stands when it is called */
  constructor(clock: Clock, write: () => Promise<FencedResult>) {
    this.#clock = clock;
    this.#write = write;
    this.#writtenAtMs = clock.now();
  }

  get isFenced(): boolean {
    return this.#isFenced;
  }

  get writeCount(): number {
    return this.#writeCount;
  }

  /** Something stands elsewhere now that need not be stored at once. */
  get isUnsaved(): boolean {
    return this.#writtenVersion < this.#version;
  }

  get unsavedForMs(): number {
    return this.isUnsaved ? this.#clock.now() - this.#writtenAtMs : 0;
  }

  changed(): void {
    this.#version++;
  }

  /** Returns when what stands now is stored, or the lease is lost. */
  async save(): Promise<void> {
    const version = ++this.#version;
    while (this.#writtenVersion < version && !this.#isFenced) {
      this.#writing ??= this.#writeNow().finally(() => {
        this.#writing = undefined;
      });
      await this.#writing;
    }
  }

  async #writeNow(): Promise<void> {
    const version = this.#version;
    if ((await this.#write()) === "fenced") {
      this.#isFenced = true;
      return;
    }
    this.#writtenVersion = version;
    this.#writeCount++;
    this.#writtenAtMs = this.#clock.now();
  }
}
