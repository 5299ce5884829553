import { expect, it } from "vitest";
import { itFindsStreams } from "./addressed.ts";
import { ACCOUNT_ID, arnOf, notFoundText } from "./client.ts";
import { conformance, type Subject } from "./conformance.ts";
import {
  atMost,
  bad,
  LIST_FOR_SCALAR,
  missing,
  oneOf,
  STRUCTURE_WANTED,
  TEXT_FOR_TIME,
} from "./sentences.ts";
import { freshStream, sdk, sharedStream, untilActive } from "./streams.ts";

const StreamName = "clicks";
const stream = sharedStream({ ShardCount: 3 });
const ids = [0, 1, 2].map((index) => `shardId-00000000000${index}`);

type Page = Awaited<ReturnType<Subject<"ListShards">["call"]>>;
const idsIn = ({ Shards }: Page) => Shards!.map(({ ShardId }) => ShardId);

/** A stream whose first shard was split. */
const splitStream = (() => {
  const make = async () => {
    const name = await freshStream();
    await sdk.call("SplitShard", { StreamName: name, ShardToSplit: "0", NewStartingHashKey: "9" });
    await untilActive(name);
    return name;
  };
  let made: Promise<string> | undefined;
  return () => (made ??= make());
})();

conformance("ListShards", {
  serialization: {
    "takes no list for a structure": [{ StreamName, ShardFilter: [] }, LIST_FOR_SCALAR],
    "takes no text for a structure": [{ StreamName, ShardFilter: "AT_LATEST" }, STRUCTURE_WANTED],
    "takes no text for a time": [{ StreamName, StreamCreationTimestamp: "now" }, TEXT_FOR_TIME],
  },
  validation: {
    "bounds the page": [
      { StreamName, MaxResults: 10_001 },
      bad("maxResults", 10_001, atMost(10_000)),
    ],
    "wants a filter to have a type": [{ StreamName, ShardFilter: {} }, missing("shardFilter.type")],
    "knows six types of filters": [
      { StreamName, ShardFilter: { Type: "NEWEST" } },
      bad(
        "shardFilter.type",
        "NEWEST",
        oneOf(
          "AFTER_SHARD_ID",
          "AT_TRIM_HORIZON",
          "FROM_TRIM_HORIZON",
          "AT_LATEST",
          "AT_TIMESTAMP",
          "FROM_TIMESTAMP",
        ),
      ),
    ],
  },
  behaviour(subject) {
    const { call, refuses, itKnowing } = subject;
    itFindsStreams(subject);

    it("lists shards in the order of their ids", async () => {
      const page = await call({ StreamName: await stream() });
      expect(page).not.toHaveProperty("NextToken");
      expect(idsIn(page)).toEqual(ids);
    });

    itKnowing(["StreamARN"], "takes a name and an ARN together, as KCL asks", async () => {
      const name = await stream();
      const ShardFilter = { Type: "AT_TRIM_HORIZON" };
      expect(idsIn(await call({ StreamName: name, StreamARN: arnOf(name), ShardFilter }))).toEqual(
        ids,
      );
    });

    it("pages through a token alone", async () => {
      const listed: (string | undefined)[] = [];
      let page = await call({ StreamName: await stream(), MaxResults: 1 });
      for (;;) {
        expect(page.Shards).toHaveLength(1);
        listed.push(...idsIn(page));
        const { NextToken } = page;
        if (NextToken === undefined) break;
        page = await call({ NextToken, MaxResults: 1 });
      }
      expect(listed).toEqual(ids);
    });

    it("goes on after a shard", async () => {
      const page = await call({ StreamName: await stream(), ExclusiveStartShardId: ids[0] });
      expect(idsIn(page)).toEqual(ids.slice(1));
    });

    it("filters open shards from closed ones", async () => {
      const name = await splitStream();
      const filtered = async (ShardFilter: object) =>
        idsIn(await call({ StreamName: name, ShardFilter }));
      expect(await filtered({ Type: "AT_LATEST" })).toEqual(ids.slice(1));
      expect(await filtered({ Type: "FROM_TRIM_HORIZON" })).toEqual(ids);
      expect(await filtered({ Type: "AFTER_SHARD_ID", ShardId: ids[1] })).toEqual(ids.slice(2));
    });

    it("compares the time at which the stream was made", async () => {
      const name = await stream();
      const { StreamDescription } = await sdk.call("DescribeStream", { StreamName: name });
      const { StreamCreationTimestamp } = StreamDescription!;
      expect(idsIn(await call({ StreamName: name, StreamCreationTimestamp }))).toEqual(ids);
      await refuses(
        { StreamName: name, StreamCreationTimestamp: new Date(0) },
        "ResourceNotFoundException",
        notFoundText(name),
      );
    });

    itKnowing(["StreamARN"], "wants a stream or a token, not both", async () => {
      const name = await stream();
      await refuses(
        {},
        "InvalidArgumentException",
        "Either NextToken or StreamName should be provided.",
      );
      await refuses(
        { StreamName: name, NextToken: "x" },
        "InvalidArgumentException",
        "NextToken and StreamName cannot be provided together.",
      );
      await refuses(
        { StreamARN: arnOf(name), NextToken: "x" },
        "InvalidArgumentException",
        "NextToken and StreamARN cannot be provided together.",
      );
      await refuses({ NextToken: "x" }, "InvalidArgumentException", "NextToken is invalid.");
    });

    it("takes no shard to start after that is none", async () => {
      const name = await stream();
      await refuses(
        { StreamName: name, ExclusiveStartShardId: "shard" },
        "ResourceNotFoundException",
        `Could not find shard shard in stream ${name} under account ${ACCOUNT_ID}.`,
      );
    });
  },
});
