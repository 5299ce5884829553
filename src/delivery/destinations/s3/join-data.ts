/** Records stand back to back; Firehose puts nothing between them unless it is told to. */
export function joinData(
  records: readonly { readonly data: Uint8Array }[],
  delimiter: string | undefined,
): Uint8Array {
  if (delimiter === undefined) return Buffer.concat(records.map(({ data }) => data));
  const end = Buffer.from(delimiter);
  return Buffer.concat(records.flatMap(({ data }) => [data, end]));
}
