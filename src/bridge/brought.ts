/** What a source brings, whatever the source: records that are to be stored, and how each is named to whoever brought it. */

/** Of Kafka an object, of all others a text. https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html */
export type ItemIdentifier = string | { readonly partition: string; readonly offset: number };

export interface Brought {
  /** The same whenever it comes again, and nobody else's. */
  readonly id: string;
  /** As it is stored. */
  readonly data: Uint8Array;
  /** 1 to 256 characters. Only data streams ask for it. */
  readonly partitionKey: () => string;
  /** As the source's partial answers name it; absent: the source takes none. */
  readonly item?: ItemIdentifier;
}

/** What is stored in this order: nothing before all that comes before it. */
export interface Sequence {
  readonly items: readonly Brought[];
  /**
   * Whether they come again in the same company, as those of a shard do: then they share calls. Else each has a call to
   * itself, or a repetition in other company would be another call.
   */
  readonly isBatch: boolean;
}
