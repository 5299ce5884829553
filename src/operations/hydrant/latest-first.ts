/** A page of what a delivery stream's owner has started, replays or redrives: the latest first, those of one moment by their ids. */
import { REPLAYS_LISTED_MAX_COUNT } from "../../limits.ts";
import { integer, required, string } from "../../wire/shape.ts";
import { deliveryStreamName } from "../firehose/common-shapes.ts";

export const LATEST_FIRST_INPUT = {
  DeliveryStreamName: required(deliveryStreamName),
  /** The last id of the page before. */
  Marker: string({ minLength: 1, maxLength: 64 }),
  MaxItems: integer({ min: 1, max: REPLAYS_LISTED_MAX_COUNT }),
};

interface Asked {
  readonly Marker?: string | undefined;
  readonly MaxItems?: number | undefined;
}

export function latestFirst<Started extends { readonly startedAtMs: number }>(
  all: readonly Started[],
  idOf: (started: Started) => string,
  { Marker, MaxItems = REPLAYS_LISTED_MAX_COUNT }: Asked,
): { readonly page: readonly Started[]; readonly next: { readonly NextMarker?: string } } {
  const inOrder = all.toSorted(
    (a, b) => b.startedAtMs - a.startedAtMs || (idOf(a) < idOf(b) ? -1 : 1),
  );
  const begin = inOrder.findIndex((started) => idOf(started) === Marker) + 1;
  const page = inOrder.slice(begin, begin + MaxItems);
  const last = page.at(-1);
  const isMore = last !== undefined && inOrder.length > begin + MaxItems;
  return { page, next: isMore ? { NextMarker: idOf(last) } : {} };
}
