/** Ids of declared resources that have a name, which may be a path, and a generation: `clicks/5c1f09ab27de4410`. */

const GENERATION_DIGITS = 16;

/** `seed`: a UUID, the same whenever the request comes. */
export function idOfGeneration(name: string, seed: string): string {
  return `${name}/${seed.replaceAll("-", "").slice(0, GENERATION_DIGITS)}`;
}

export function partsOfId(id: string): { readonly name: string; readonly generation: string } {
  const end = id.lastIndexOf("/");
  if (end < 0) return { name: id, generation: "" };
  return { name: id.slice(0, end), generation: id.slice(end + 1) };
}
