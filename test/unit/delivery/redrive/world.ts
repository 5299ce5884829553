/** A delivery stream whose transform refuses records, until it is mended; and redrives that are woken till they end. */
import type { DeliverPorts } from "../../../../src/delivery/deliver.ts";
import { deliver } from "../../../../src/delivery/deliver.ts";
import type { S3Destination } from "../../../../src/delivery/delivery-stream.ts";
import {
  NO_REDRIVE_TALLY,
  REDRIVE_READER,
  type Redrive,
  redriveShard,
  type RedriveSelection,
} from "../../../../src/delivery/redrive/redrive.ts";
import { errorPrefixes } from "../../../../src/delivery/redrive/select.ts";
import { answering, deliverWorld, ok } from "../deliver-world.ts";
import { TRANSFORM } from "../delivery-ports.ts";

/** @param ending what its function puts behind each record */
export async function redriveWorld(over: Partial<S3Destination> = {}, ending = ";") {
  const broken = { words: ["bad"] };
  const made = await deliverWorld({ transform: TRANSFORM, ...over }, (event) =>
    answering((text) =>
      broken.words.some((word) => text.includes(word))
        ? { result: "ProcessingFailed" }
        : ok(text + ending),
    )(event),
  );
  const { stream, clock, redrives, objects } = made;

  /** Puts them in one call and delivers them. */
  async function deliverAll(...texts: string[]): Promise<void> {
    await made.put(...texts);
    await clock.sleep(5000);
    const reader = await made.readers.get(made.shard, "delivery");
    const { blockIndex } = reader!.checkpoint;
    await made.run({}, { blockIndex, deadlineMs: clock.now() + 900_000 });
  }

  async function start(selection: RedriveSelection = {}, more: Partial<Redrive> = {}) {
    const redrive: Redrive = {
      streamName: stream.name,
      generation: stream.generation,
      redriveId: "d1",
      state: "RUNNING",
      selection,
      bucket: "logs",
      prefixes: errorPrefixes(stream.destination, selection),
      request: "",
      startedAtMs: clock.now(),
      ...more,
    };
    await redrives.create(redrive);
    return redrive;
  }

  /** One wake-up. */
  const wake = (redrive: Redrive, change: Partial<DeliverPorts> = {}) =>
    deliver(
      { ...made, ...change },
      {
        wakeUp: { shard: redriveShard(redrive), readerId: REDRIVE_READER, blockIndex: 0 },
        messageId: redrive.redriveId,
        isRepeated: true,
        deadlineMs: clock.now() + 900_000,
        backOffMs: 1000,
      },
    );

  async function finish(redrive: Redrive): Promise<Redrive> {
    for (let turn = 0; turn < 50; turn++) {
      const standing = await redrives.get(redrive);
      if (standing?.state !== "RUNNING") return standing!;
      await wake(redrive);
      await clock.sleep(1000);
    }
    throw new Error("the redrive does not end");
  }

  return {
    ...made,
    broken,
    deliverAll,
    start,
    wake,
    finish,
    /** All that was delivered, in the order of its appearance. */
    good: () =>
      objects
        .list()
        .filter(({ key }) => !key.includes("failed/"))
        .map(({ body }) => Buffer.from(body).toString())
        .join(""),
    /** Lines of failed records, by object. */
    failed: () =>
      objects
        .list()
        .filter(({ key }) => key.includes("failed/"))
        .map(({ key, body }) => ({
          key,
          lines: Buffer.from(body)
            .toString()
            .trim()
            .split("\n")
            .map(
              (line) =>
                JSON.parse(line) as {
                  rawData: string;
                  attemptsMade: number;
                  arrivalTimestamp: number;
                },
            ),
        })),
    tally: (of: object) => ({ ...NO_REDRIVE_TALLY, ...of }),
  };
}
