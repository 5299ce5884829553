import { expect, test } from "vitest";
import { type ListTokens, openListToken, sealListToken } from "../../../src/streams/list-token.ts";

const SECRET = Buffer.from("a secret of the stage");
/** The longest names there are. */
const NAME = "n".repeat(128);
const OF_STREAM = {
  streamName: NAME,
  generation: "5c1f09ab27de4410",
  issuedAtMs: 1_700_000_000_000,
};

const TOKENS: { readonly [List in keyof ListTokens]: ListTokens[List] } = {
  shards: {
    ...OF_STREAM,
    filter: { type: "FROM_TIMESTAMP", timestampMs: 1_700_000_000_000 },
    afterShardIndex: 2 ** 31 - 1,
  },
  streams: { afterStreamName: NAME, issuedAtMs: 1_700_000_000_000 },
  consumers: { ...OF_STREAM, afterConsumerName: NAME },
};
const LISTS = ["shards", "streams", "consumers"] as const;

test.each(LISTS)("a token of %s gives back what it was made of", (list) => {
  const token = sealListToken(SECRET, list, TOKENS[list]);
  expect(openListToken(SECRET, list, token)).toEqual(TOKENS[list]);
});

test.each(LISTS)("a token of %s is none of another list", (list) => {
  const token = sealListToken(SECRET, list, TOKENS[list]);
  for (const other of LISTS) {
    if (other !== list) expect(openListToken(SECRET, other, token)).toBeUndefined();
  }
});

test("what we did not write is no token", () => {
  expect(openListToken(SECRET, "streams", "bm8gdG9rZW4=")).toBeUndefined();
  expect(openListToken(Buffer.from("other"), "streams", "")).toBeUndefined();
});
