/** Functions that consumers' tests feed, and records to feed them with. */

/** Fails as a whole whenever one of the data is among them. */
export const failsOn =
  (...poison: readonly string[]) =>
  ({ data }: { readonly data: readonly string[] }) => {
    const found = data.find((each) => poison.includes(each));
    if (found !== undefined) throw new Error(`cannot digest ${found}`);
  };

/** Names the poison in its batch as failed. */
export const reports =
  (...poison: readonly string[]) =>
  ({ records }: { readonly records: readonly { data: string; sequenceNumber: string }[] }) => ({
    batchItemFailures: records
      .filter(({ data }) => poison.includes(data))
      .map(({ sequenceNumber }) => ({ itemIdentifier: sequenceNumber })),
  });

export const numbered = (from: number, count: number, key = "k") =>
  Array.from({ length: count }, (_, i) => `${key}:${from + i}`);
