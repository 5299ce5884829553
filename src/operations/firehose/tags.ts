/**
 * The tags of a delivery stream: their rules beyond the shapes, and how they are listed.
 * https://docs.aws.amazon.com/firehose/latest/APIReference/API_TagDeliveryStream.html
 */
import type { Tag } from "@aws-sdk/client-firehose";
import { serviceError } from "../../errors.ts";
import { TAGS_PER_STREAM_MAX_COUNT } from "../../limits.ts";
import type { Infer } from "../../wire/shape.ts";
import { invalidArgument } from "./refusals.ts";
import type { tags } from "./source-shapes.ts";

export type Tags = Readonly<Record<string, string>>;

/** What stands and what is given, whose values win. Two of one key in a request are refused. */
export function withTags(standing: Tags = {}, given: Infer<typeof tags>): Tags {
  const added = Object.fromEntries(given.map(({ Key, Value = "" }) => [Key, Value]));
  // AWS's sentences are not known.
  if (Object.keys(added).length < given.length) {
    throw invalidArgument("A tag key may be given only once in a request");
  }
  const all = { ...standing, ...added };
  if (Object.keys(all).length > TAGS_PER_STREAM_MAX_COUNT) {
    throw serviceError(
      "LimitExceededException",
      `A delivery stream cannot have more than ${TAGS_PER_STREAM_MAX_COUNT} tags`,
    );
  }
  return all;
}

export function withoutTags(standing: Tags = {}, keys: readonly string[]): Tags {
  return Object.fromEntries(Object.entries(standing).filter(([key]) => !keys.includes(key)));
}

/** In the order of their keys. */
export function tagList(tags: Tags = {}): Tag[] {
  return Object.entries(tags)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([Key, Value]) => ({ Key, Value }));
}
