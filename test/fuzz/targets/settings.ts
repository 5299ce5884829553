/** Little languages that settings are written in: prefixes, patterns of filters, queries. */
import fc from "fast-check";
import { parseFilterPattern } from "../../../src/consumer/filter-pattern.ts";
import { RecordFilter } from "../../../src/consumer/record-filter.ts";
import { compileFast } from "../../../src/delivery/jq/fast-path.ts";
import { looksAround, queryKeys } from "../../../src/delivery/jq/query-keys.ts";
import { jqTokens } from "../../../src/delivery/jq/tokens.ts";
import { objectKey } from "../../../src/delivery/naming/object-key.ts";
import { partitionOf } from "../../../src/delivery/naming/partition.ts";
import {
  errorPrefixParts,
  prefixParts,
  prefixProblem,
} from "../../../src/delivery/naming/prefix.ts";
import { FILTER_STEPS_MAX_COUNT } from "../../../src/limits.ts";
import { filterPair } from "../../helpers/filter-pairs.ts";
import { filterRecord } from "../../helpers/filter-record.ts";
import { mutateTree, printTree, treeOf } from "../json-tree.ts";
import { mutateText } from "../mutate.ts";
import { fuzzTarget, hold } from "../target.ts";

const NOW_MS = Date.UTC(2026, 6, 13, 14, 5, 6);
const S3_KEY_MAX_BYTES = 1024;
const PREFIXES = [
  "",
  "logs/",
  "logs/!{timestamp:yyyy/MM/dd}/!{firehose:random-string}/",
  "!{timestamp:'year='yyyy'/month='MM'/day='dd'/hour='HH}/",
  "!{partitionKeyFromQuery:customer}/!{timestamp:EEEE, d MMMM G}/",
  "!{partitionKeyFromLambda:customer}/x/",
];
const ERROR_PREFIXES = [
  "",
  "failed/!{firehose:error-output-type}/!{timestamp:yyyy}/",
  "!{firehose:error-output-type}",
];
const PREFIX_WORDS = [
  "!{",
  "}",
  "timestamp:",
  "firehose:",
  "random-string",
  "yyyy",
  "'",
  "VV",
  "ppH",
  "../",
  "/",
];
const PARTITION_VALUES = [
  "acme",
  "..",
  "../..",
  "a/../../..",
  "",
  ".",
  "\u0000",
  "\ud800",
  "é".repeat(500),
  "a".repeat(2000),
];
const TIME_ZONES = [undefined, "Europe/Berlin", "America/Argentina/Buenos_Aires"] as const;

/** What is taken as a prefix names objects that S3 takes, whatever the time and the partition are. */
export const prefixes = () =>
  fuzzTarget({
    draw(chance) {
      const draw = (seeds: readonly string[]) => {
        const text = chance.pick(seeds);
        // No longer one comes this far.
        return chance.may(0.2) ? text : mutateText(chance, text, PREFIX_WORDS).slice(0, 1024);
      };
      return {
        prefix: draw(PREFIXES),
        errorOutputPrefix: draw(ERROR_PREFIXES),
        timeZone: chance.pick(TIME_ZONES),
        value: chance.may(0.5) ? chance.pick(PARTITION_VALUES) : mutateText(chance, "acme"),
        instantMs: chance.pick([0, NOW_MS, Date.UTC(9999, 11, 31)]),
      };
    },
    check({ prefix, errorOutputPrefix, timeZone, value, instantMs }) {
      const settings = { prefix, errorOutputPrefix };
      const problem = prefixProblem(settings, NOW_MS, timeZone);
      if (problem !== undefined) return "refused";
      const rest = {
        streamName: "s".repeat(64),
        versionId: 1000,
        instantMs,
        uuid: "00000000-0b7d-5e64-9a10-77c2d1e0f5ab",
        extension: ".parquet",
        timeZone,
      };
      const keys = Object.fromEntries(
        prefixParts(prefix).flatMap((part) =>
          part.kind === "partition-key" ? [[`${part.namespace}:${part.key}`, value]] : [],
        ),
      );
      const partition = partitionOf(prefixParts(prefix), keys, timeZone);
      const error = objectKey({
        ...rest,
        prefix: errorPrefixParts(settings).filter(({ kind }) => kind !== "partition-key"),
        errorOutputType: "metadata-extraction-failed",
      });
      holdKey(error);
      if (partition.kind === "none") return "no partition";
      const key = objectKey({ ...rest, prefix: partition.prefix });
      holdKey(key);
      if (value !== "" && Object.keys(keys).length > 0) {
        // oxlint-disable-next-line no-control-regex
        hold(!/[\u0000-\u001f\u007f]/.test(value), "no value brings control characters");
      }
      return "named";
    },
  });

function holdKey(key: string): void {
  hold(Buffer.byteLength(key) <= S3_KEY_MAX_BYTES, "S3 takes a key of this length");
  hold(key.isWellFormed(), "a key is Unicode");
}

const FILTER_WORDS = [
  '{"$or":[',
  '{"exists":false}',
  '{"anything-but":',
  '{"wildcard":"*a*"}',
  '{"numeric":[">",0]}',
  '{"cidr":"10.0.0.0/8"}',
  "[",
  "]",
  "{",
  "}",
  ",",
  '"',
];
const PATTERN_MAX_LENGTH = 4096;
/** What a step of the search may come to beyond its bound: it looks up between them. */
const STEPS_SLACK = 1_000_000;

export const filters = () =>
  fuzzTarget({
    // A record that takes all of its steps takes a fifth of a second, and some longer ones.
    cpuMaxMs: 3000,
    draw(chance) {
      const [pair] = fc.sample(filterPair, { seed: chance.below(2 ** 31), numRuns: 1 });
      const changed = (text: string) =>
        chance.may(0.4) ? text : mutateText(chance, text, FILTER_WORDS);
      const pattern = `{"data":${changed(pair!.pattern)}}`;
      return {
        pattern: pattern.slice(0, PATTERN_MAX_LENGTH),
        data: changed(pair!.data),
      };
    },
    check({ pattern, data }) {
      const parsed = parseFilterPattern(pattern);
      if ("error" in parsed) {
        hold(parsed.error.length < PATTERN_MAX_LENGTH * 2, "no sentence grows with the pattern");
        return "refused";
      }
      const record = filterRecord(data);
      const { isWanted, stepCount } = new RecordFilter([parsed]).judge(record);
      const bound = FILTER_STEPS_MAX_COUNT + 16 * record.data.length + STEPS_SLACK;
      hold(stepCount <= bound, "a record takes no more steps than it may");
      // Of the same pattern twice a record is wanted as often as of one.
      const twice = new RecordFilter([parsed, parsed]).judge(record);
      hold(
        stepCount > FILTER_STEPS_MAX_COUNT || twice.isWanted === isWanted,
        "patterns are alternatives",
      );
      return isWanted ? "wanted" : "not wanted";
    },
  });

const QUERIES = [
  "{customer: .id}",
  '{customer: .id, year: (.time | strftime("%Y"))}',
  '{a: (.a // "none"), b: .b.c[0], "d": "x\\(.e)"}',
  ". as $x | {id: $x.id}",
  '{(.a): 1, @base64 "x": 2}',
  "[.[] | select(.a > 1)] | {n: length}",
];
const JQ_WORDS = [
  "(",
  ")",
  "{",
  "}",
  "[",
  "]",
  '"',
  "\\(",
  "|",
  "//",
  "#",
  "$",
  "@",
  ".a",
  "input",
  "strftime",
  ";",
];

export const queries = () =>
  fuzzTarget({
    draw: (chance) => ({
      query: mutateText(chance, chance.pick(QUERIES), JQ_WORDS).slice(0, 5120),
      record: printTree(
        mutateTree(chance, treeOf({ id: "a", time: 1565382027, a: "x", b: { c: [1] } })),
      ),
    }),
    check({ query, record }) {
      const tokens = jqTokens(query);
      const keys = queryKeys(query);
      const isAround = looksAround(query);
      const fast = compileFast(query);
      if (tokens === undefined) {
        hold(
          keys === undefined && fast === undefined && isAround,
          "what cannot be read is not trusted",
        );
        return "no tokens";
      }
      const letters = tokens.reduce((sum, { text }) => sum + text.length, 0);
      hold(letters <= query.length, "tokens are cut from the program");
      if (fast === undefined) return "left to jq";
      hold(!isAround, "what is compiled looks at one record");
      const members = fast(valueOf(record), record);
      if (members === undefined) return "record left to jq";
      const names = Object.keys(members).toSorted();
      hold(
        keys !== undefined && names.join() === keys.toSorted().join(),
        "the keys are those told",
      );
      return "answered";
    },
  });

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
