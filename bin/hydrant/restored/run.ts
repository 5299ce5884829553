/** `hydrant restored`: takes up tables that were restored to an earlier instant; docs/restoring.md has the whole of it. */
import { systemClock as clock } from "../../../src/clock.ts";
import { systemRandom as random } from "../../../src/random.ts";
import { SweepSwitch } from "../../../src/readers/sweep-switch.ts";
import { dynamodbClient, eventBridgeClient, s3Client } from "../../../src/storage/clients.ts";
import { dynamodbDeliveryStreams } from "../../../src/storage/dynamodb/delivery-streams.ts";
import { dynamodbRaisedCounters } from "../../../src/storage/dynamodb/raised-counters.ts";
import { dynamodbStreams } from "../../../src/storage/dynamodb/streams.ts";
import { dynamodbSweepNotes } from "../../../src/storage/dynamodb/sweep-notes.ts";
import { eventBridgeSweepRule } from "../../../src/storage/eventbridge/sweep-rule.ts";
import { bringBack } from "../../../src/storage/s3/brought-back.ts";
import { explain } from "../keys/book.ts";
import { parse } from "../options.ts";
import { type CameTo, takeUp } from "./take-up.ts";

const USAGE = `usage: hydrant restored --stage STAGE --state-table TABLE (--former-state-table TABLE | --skip-blocks COUNT)
                        [--log-bucket BUCKET --instant TIME]
  --stage STAGE               whose sweep shall look at all shards
  --state-table TABLE         the restored one
  --former-state-table TABLE  the one that was served before: shards go on where it has come to
  --skip-blocks COUNT         where that one is gone: more than a shard has been given since, such as its calls a second
                              times the seconds
  --log-bucket BUCKET         brings back what was removed from it since
  --instant TIME              the one that the tables were restored to, such as 2026-11-30T12:00:00Z

  Before a deployment serves tables that were restored to an earlier instant: docs/restoring.md.`;

export async function runRestored(args: readonly string[]): Promise<void> {
  const text = { type: "string" } as const;
  const values = parse({
    args: [...args],
    options: {
      stage: text,
      "state-table": text,
      "former-state-table": text,
      "skip-blocks": text,
      "log-bucket": text,
      instant: text,
      help: { type: "boolean" },
    },
  });
  if (values["help"]) return console.log(USAGE);
  const given = (name: string): string => {
    const value = values[name];
    if (typeof value !== "string") throw new Error(`--${name} is missing`);
    return value;
  };
  const bucket = values["log-bucket"];
  if (bucket !== undefined && Number.isNaN(Date.parse(given("instant")))) {
    throw new Error(
      `--instant must be a time such as 2026-11-30T12:00:00Z, got ${given("instant")}`,
    );
  }
  const [stage, stateTable] = [given("stage"), given("state-table")];
  const client = dynamodbClient();
  const tables = { client, stateTable };
  const rule = eventBridgeSweepRule(eventBridgeClient(), `hydrant-${stage}-sweep`);
  const ports = {
    deliveryStreams: dynamodbDeliveryStreams(tables),
    dataStreams: dynamodbStreams(tables),
    counters: dynamodbRaisedCounters(tables),
    sweep: new SweepSwitch({ notes: dynamodbSweepNotes(tables), rule, clock, random }),
  };
  try {
    if (typeof bucket === "string") {
      const pathStyle = process.env["AWS_ENDPOINT_URL_S3"] !== undefined;
      const count = await bringBack(s3Client({ pathStyle }), bucket, Date.parse(given("instant")));
      console.log(`${count} objects of ${bucket} were brought back`);
    }
    const { shardCount, raisedCount } = await takeUp(ports, cameTo());
    console.log(
      `${shardCount} shards will be looked at; ${raisedCount} of them go on behind what they were given since`,
    );
  } catch (error) {
    throw explain(error);
  }

  function cameTo(): CameTo {
    const former = values["former-state-table"];
    if (typeof former === "string") {
      const before = { client, stateTable: former };
      return {
        counters: dynamodbRaisedCounters(before),
        dataStreams: dynamodbStreams(before),
      };
    }
    const count = Number(given("skip-blocks"));
    if (!Number.isInteger(count) || count < 0) {
      throw new Error(`--skip-blocks must be a count, 0 or more, got ${given("skip-blocks")}`);
    }
    return { blockCount: count };
  }
}
