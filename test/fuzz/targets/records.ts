/** What producers put: aggregates, compressed records, envelopes of CloudWatch Logs, documents, objects of failed ones. */
import { gzipSync } from "node:zlib";
import {
  DECOMPRESSED_RECORD_MAX_BYTES,
  DE_AGGREGATED_RECORDS_MAX_COUNT,
} from "../../../src/limits.ts";
import { decompressed, NotDecompressed } from "../../../src/delivery/compression/decompress.ts";
import { openRecordReader } from "../../../src/delivery/formats/deserializer.ts";
import { readDocuments } from "../../../src/delivery/formats/json-documents.ts";
import { OPENX_DEFAULTS } from "../../../src/delivery/formats/openx-json.ts";
import { Unconvertible } from "../../../src/delivery/formats/conversion-error.ts";
import { parseErrorLines } from "../../../src/delivery/redrive/error-lines.ts";
import { enter, type Stage } from "../../../src/delivery/stages/outcome.ts";
import { type StageSettings, stagesBeforeLambda } from "../../../src/delivery/stages/settings.ts";
import { parseAggregate } from "../../../src/streams/aggregate.ts";
import { deaggregate } from "../../../src/streams/deaggregate.ts";
import { aggregate, envelope } from "../../helpers/aggregate.ts";
import { schemaOf } from "../../helpers/parquet-file.ts";
import { compress, logLines } from "../../unit/delivery/compression/compressing.ts";
import type { Chance } from "../chance.ts";
import { mutateTree, printTree, treeOf } from "../json-tree.ts";
import { mutateBytes, mutateText } from "../mutate.ts";
import { fuzzTarget, hold } from "../target.ts";

/** Around the message of every aggregate. */
const MAGIC_BYTES = 4;
const DIGEST_BYTES = 16;

export const kplAggregates = () =>
  fuzzTarget({
    draw(chance) {
      const records = Array.from({ length: 1 + chance.below(6) }, () => ({
        data: chance.bytes(chance.below(40)),
        partitionKey: chance.pick(["a", "b", "é", "device-7"]),
        ...(chance.may(0.3) && {
          explicitHashKey: chance.pick(["0", "17", String(2n ** 128n - 1n)]),
        }),
      }));
      const whole = aggregate(records);
      if (chance.may(0.1)) return whole;
      if (chance.may(0.1)) return mutateBytes(chance, whole);
      // With the right digest: somebody meant these bytes.
      return envelope(mutateBytes(chance, whole.subarray(MAGIC_BYTES, -DIGEST_BYTES)));
    },
    check(data) {
      const stored = { data, partitionKey: "stored" };
      const parsed = parseAggregate(data);
      const records = deaggregate(stored);
      if (parsed === undefined) {
        hold(records.length === 1 && records[0]?.data === data, "what is no aggregate stays whole");
        return "no aggregate";
      }
      // Without a record it has no message to pack again.
      if (parsed.length === 0) return "aggregate of nothing";
      hold(records.length === parsed.length, "all records of an aggregate are told");
      hold(
        parsed.every((record) => record.data.buffer === data.buffer),
        "data are views of the aggregate",
      );
      const bytes = parsed.reduce((sum, record) => sum + record.data.length, 0);
      hold(bytes <= data.length, "there is no more data than came");
      const again = parseAggregate(aggregate(parsed));
      hold(sameRecords(again, parsed), "what is read can be packed and read again");
      return "aggregate";
    },
  });

function sameRecords(
  some: ReturnType<typeof parseAggregate>,
  others: NonNullable<ReturnType<typeof parseAggregate>>,
): boolean {
  return (
    some?.length === others.length &&
    some.every(
      (one, i) =>
        one.partitionKey === others[i]!.partitionKey &&
        one.explicitHashKey === others[i]!.explicitHashKey &&
        Buffer.from(one.data).equals(others[i]!.data),
    )
  );
}

const CLOUDWATCH_LOGS = {
  messageType: "DATA_MESSAGE",
  owner: "123456789012",
  logGroup: "trail",
  logStream: "trail_1",
  subscriptionFilters: ["all"],
  logEvents: [
    { id: "1", timestamp: 1432826855000, message: "first" },
    { id: "2", timestamp: 1432826855001, message: '{"second":"é"}' },
  ],
};

const SETTINGS: Readonly<Record<string, StageSettings>> = {
  decompressed: { decompression: "GZIP" },
  "log events": { messageExtraction: true },
  "decompressed log events": { decompression: "GZIP", messageExtraction: true },
  "JSON taken apart": { subRecords: { kind: "JSON" } },
  "lines taken apart": { subRecords: { kind: "DELIMITED", delimiter: "Cg==" } },
  "decompressed lines": {
    decompression: "GZIP",
    subRecords: { kind: "DELIMITED", delimiter: "Cg==" },
  },
};

/** The stages before the Lambda: a record that is not what its stage wants fails, alone and in one piece. */
export const stages = () => {
  const made = new Map<string, Stage>(
    Object.entries(SETTINGS).map(([name, settings]) => [name, stagesBeforeLambda(settings)]),
  );
  return fuzzTarget({
    draw(chance) {
      const name = chance.pick([...made.keys()]);
      return { name, data: drawRecord(chance, SETTINGS[name]!) };
    },
    check({ name, data }) {
      const record = { recordId: "49", arrivedAtMs: 0, data };
      const outcomes = made.get(name)!(enter(record));
      hold(outcomes.length >= 1, "a record has an outcome");
      hold(outcomes.length <= DE_AGGREGATED_RECORDS_MAX_COUNT, "parts are bounded");
      let bytes = 0;
      for (const outcome of outcomes) {
        hold(outcome.kind !== "dropped", "no stage drops a record");
        if (outcome.kind === "failed") {
          hold(outcomes.length === 1 && outcome.record === record, "it fails as it came");
          return "failed";
        }
        bytes += outcome.data.length;
      }
      hold(bytes <= DECOMPRESSED_RECORD_MAX_BYTES, "no record grows beyond the bound");
      const ids = new Set(outcomes.map((outcome) => outcome.record.recordId));
      hold(ids.size === outcomes.length, "each part has an id of its own");
      return outcomes.length === 1 ? "delivered" : "taken apart";
    },
  });
};

function drawRecord(chance: Chance, { decompression }: StageSettings): Uint8Array {
  const tree = treeOf(CLOUDWATCH_LOGS);
  const text = printTree(chance.may(0.2) ? tree : mutateTree(chance, tree));
  const lines = chance.may(0.3) ? `${text}\n{"a":1}{"b":"}"}\n\n` : text;
  const plain = Buffer.from(
    chance.may(0.3) ? mutateText(chance, lines, ["{", "}", '"', "\n"]) : lines,
  );
  if (decompression === undefined) return chance.may(0.2) ? mutateBytes(chance, plain) : plain;
  const zipped = chance.may(0.02) ? bomb(chance) : gzipSync(plain);
  const twice = chance.may(0.1) ? Buffer.concat([zipped, gzipSync("more")]) : zipped;
  return chance.may(0.4) ? mutateBytes(chance, twice, [gzipSync("other")]) : twice;
}

/** Some kilobytes that would become many megabytes. */
function bomb(chance: Chance): Buffer {
  const member = gzipSync(
    Buffer.alloc(DECOMPRESSED_RECORD_MAX_BYTES / 4, chance.pick(["[],", "a", "\n"])),
  );
  return Buffer.concat(Array<Buffer>(1 + chance.below(12)).fill(member));
}

const OBJECT_MAX_BYTES = 1_000_000;
const COMPRESSIONS = ["UNCOMPRESSED", "GZIP", "ZIP", "Snappy", "HADOOP_SNAPPY"] as const;

/** Objects of failed records, in any compression of ours, which somebody may have written anew. */
export const errorObjects = async () => {
  const line = (index: number) =>
    `${JSON.stringify({
      attemptsMade: 1,
      arrivalTimestamp: 1_500_000_000_000 + index,
      errorCode: "Lambda.FunctionError",
      errorMessage: "no",
      attemptEndingTimestamp: 1_500_000_000_001,
      rawData: Buffer.from(`record ${index}`).toString("base64"),
    })}\n`;
  const contents = Buffer.from(Array.from({ length: 50 }, (_, index) => line(index)).join(""));
  const seeds: Buffer[] = [];
  for (const compression of COMPRESSIONS) {
    seeds.push(await compress(compression, [contents]));
    seeds.push(await compress(compression, [logLines(100_000)]));
    seeds.push(await compress(compression, [Buffer.alloc(OBJECT_MAX_BYTES * 3, "a")]));
  }
  return fuzzTarget({
    draw(chance) {
      const seed = chance.pick(seeds);
      return chance.may(0.05) ? seed : mutateBytes(chance, seed, seeds);
    },
    check(object) {
      let plain: Uint8Array;
      try {
        plain = decompressed(object, OBJECT_MAX_BYTES);
      } catch (error) {
        hold(error instanceof NotDecompressed, `what is none is told, not ${String(error)}`);
        return "not decompressed";
      }
      const isStored = plain.length <= object.length;
      hold(isStored || plain.length <= OBJECT_MAX_BYTES, "no object grows beyond the bound");
      const lines = parseErrorLines(plain);
      if (lines === undefined) return "no lines";
      hold(
        lines.every(({ arrivedAtMs, attemptsMade }) =>
          [arrivedAtMs, attemptsMade].every(Number.isSafeInteger),
        ),
        "what is told of a line are whole numbers",
      );
      return "lines";
    },
  });
};

const SCHEMA = schemaOf(
  "who:string,count:int,total:decimal(38,10),at:timestamp,day:date,ratio:double,blob:binary,tags:array<string>",
);
const DOCUMENT = {
  who: "ada",
  count: 7,
  total: "12.50",
  at: "2026-07-13 14:05:06",
  day: "2026-07-13",
  ratio: 0.5,
  blob: "AAEC",
  tags: ["a", "b"],
  other: { nested: [1, { deep: null }] },
};

/** Records that become rows: as JSON reads them, and by both deserializers. */
export const documents = () => {
  const readers = [
    openRecordReader(SCHEMA, { kind: "openx", ...OPENX_DEFAULTS }),
    openRecordReader(SCHEMA, { kind: "hive", timestampFormats: ["millis"] }),
  ];
  return fuzzTarget({
    draw(chance) {
      const text = printTree(mutateTree(chance, treeOf(DOCUMENT)));
      const changed = chance.may(0.3)
        ? mutateText(chance, text, ["{", "}", "[", '"', "1e", "\\u"])
        : text;
      const bytes = Buffer.from(chance.may(0.1) ? `${changed} ${changed}` : changed);
      return chance.may(0.1) ? mutateBytes(chance, bytes) : bytes;
    },
    check(bytes) {
      const { kind } = readers[0]!.read(bytes);
      readers[1]!.read(bytes);
      let count: number;
      try {
        count = readDocuments(bytes).length;
      } catch (error) {
        hold(error instanceof Unconvertible, `what is none is told, not ${String(error)}`);
        hold(kind === "failed", "what is no JSON makes no row");
        return "no JSON";
      }
      if (count === 1) hold(isJson(bytes), "one document is JSON to Node, too");
      return kind;
    },
  });
};

function isJson(bytes: Uint8Array): boolean {
  try {
    JSON.parse(
      Buffer.from(bytes)
        .toString()
        .replace(/^\ufeff/, ""),
    );
    return true;
  } catch {
    return false;
  }
}
