/** A copy in which `replace` may put something else for any object; absent members stay out. */
export function mapDeep(value: unknown, replace: (value: object) => unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const replaced = replace(value);
  if (replaced !== undefined) return replaced;
  if (value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map((entry) => mapDeep(entry, replace));
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [name, mapDeep(member, replace)]));
}
