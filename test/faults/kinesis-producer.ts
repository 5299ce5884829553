/**
 * A producer with partition keys of its own. It sends the next records of a key only when it was told, or given up
 * to learn, what became of those before; so the numbers of a key must rise wherever they are read.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { PutRecordsCommand } from "@aws-sdk/client-kinesis";
import type { Random } from "../../src/random.ts";
import { kinesisClient, type Patience } from "./kinesis-client.ts";
import type { Fate, Journal } from "./kinesis-journal.ts";

export interface ProducerOptions {
  readonly name: string;
  readonly endpoint: string;
  readonly streamName: string;
  readonly patience: Patience;
  readonly random: Random;
  readonly journal: Journal;
  isOver(): boolean;
}

const KEYS = 6;
const PER_KEY_MAX = 5;
const PADDING_MAX_BYTES = 400;
const LARGE_PADDING_MAX_BYTES = 40_000;
const PAUSE_MAX_MS = 60;
const PAUSE_AFTER_FAILURE_MS = 300;

/** `p1/k3/17` → key `p1/k3`, number 17. */
export function readName(name: string): { readonly key: string; readonly number: number } {
  const at = name.lastIndexOf("/");
  return { key: name.slice(0, at), number: Number(name.slice(at + 1)) };
}

/** Answers how many calls stayed without an answer. */
export async function produce(options: ProducerOptions): Promise<number> {
  const { name, random, journal, streamName } = options;
  const below = (limit: number) => Math.floor(random.fraction() * limit);
  const client = kinesisClient(options.endpoint, options.patience);
  const numbers = Array.from({ length: KEYS }, () => 0);
  let unansweredCount = 0;
  while (!options.isOver()) {
    const names = numbers.flatMap((_, k) =>
      Array.from({ length: below(PER_KEY_MAX + 1) }, () => `${name}/k${k}/${numbers[k]!++}`),
    );
    if (names.length === 0) continue;
    const Records = names.map((text) => {
      const most = below(100) === 0 ? LARGE_PADDING_MAX_BYTES : PADDING_MAX_BYTES;
      const padding = Buffer.from(random.bytes(below(most))).toString("hex");
      return { PartitionKey: readName(text).key, Data: Buffer.from(`${text} ${padding}`) };
    });
    journal.sent(names);
    try {
      const command = new PutRecordsCommand({ StreamName: streamName, Records });
      const { Records: results = [] } = await client.send(command);
      const fates = results.map(({ SequenceNumber }): Fate | undefined =>
        SequenceNumber === undefined ? undefined : { sequenceNumber: SequenceNumber },
      );
      const told = results.map(({ ErrorCode }, i) =>
        ErrorCode === "ProvisionedThroughputExceededException" ? "refused" : fates[i],
      );
      journal.answered(names, told);
      checkBeginnings(names, told, journal);
    } catch {
      unansweredCount += 1;
      await sleep(PAUSE_AFTER_FAILURE_MS);
    }
    await sleep(below(PAUSE_MAX_MS));
  }
  client.destroy();
  return unansweredCount;
}

/** Of one key's records a beginning is taken: after a refused one no other is. */
function checkBeginnings(
  names: readonly string[],
  fates: readonly (Fate | undefined)[],
  journal: Journal,
): void {
  const refused = new Map<string, string>();
  names.forEach((name, i) => {
    const { key } = readName(name);
    const earlier = refused.get(key);
    if (fates[i] === "refused") refused.set(key, name);
    else if (earlier !== undefined) journal.problem(`${name} was taken, ${earlier} was refused`);
  });
}
