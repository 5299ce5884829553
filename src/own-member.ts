/**
 * What a table holds under a name that somebody else wrote. Every object answers to `constructor` and a few others that
 * nobody put there.
 */
export function ownMember<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
