/** Ids of declared resources that have a name and a generation: `clicks/5c1f09ab27de4410`. */

const GENERATION_DIGITS = 16;

/** `seed`: a UUID, the same whenever the request comes. */
export function idOfGeneration(name: string, seed: string): string {
  return `${name}/${seed.replaceAll("-", "").slice(0, GENERATION_DIGITS)}`;
}

export function partsOfId(id: string): { readonly name: string; readonly generation: string } {
  const [name = "", generation = ""] = id.split("/");
  return { name, generation };
}
