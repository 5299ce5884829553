/** So many things by their names; those that were not asked for longest go first. */
export class Remembered<Thing> {
  readonly #things = new Map<string, Thing>();
  readonly #maxCount: number;

  constructor(maxCount: number) {
    this.#maxCount = maxCount;
  }

  get(name: string): Thing | undefined {
    const thing = this.#things.get(name);
    return thing === undefined ? undefined : this.put(name, thing);
  }

  put(name: string, thing: Thing): Thing {
    this.#things.delete(name);
    this.#things.set(name, thing);
    const [oldest] = this.#things.keys();
    if (this.#things.size > this.#maxCount && oldest !== undefined) this.#things.delete(oldest);
    return thing;
  }

  getOrMake(name: string, make: () => Thing): Thing {
    return this.get(name) ?? this.put(name, make());
  }
}
