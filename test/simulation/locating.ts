/** Somebody asks where the records of a producer's call are, while records go to their streams and from them. */
import { laneKey } from "../../src/delivery/delivery-stream.ts";
import { decodeRecordId } from "../../src/delivery/record-id.ts";
import { createBlockSeals } from "../../src/log/block-seals.ts";
import { ServiceError } from "../../src/errors.ts";
import type { HydrantContext } from "../../src/operations/context.ts";
import { locateRecordOperation } from "../../src/operations/hydrant/locate-record.ts";
import { memoryLog } from "../../src/storage/memory/log.ts";
import { memoryStreams } from "../../src/storage/memory/streams.ts";
import { memoryTables } from "../../src/storage/memory/tables.ts";
import { ACCOUNT_ID, REGION } from "./api.ts";
import { guarded } from "./guarded.ts";
import type { Invocation, Located } from "./history.ts";
import { partitionJq } from "./jq.ts";
import { recordsOfObject } from "./payload.ts";
import type { Process } from "./scheduler.ts";
import type { World } from "./world.ts";

/** Once nothing is wrong any more. */
const LAST_COUNT = 3;

/** By the operation itself, of one of the calls so far. */
export async function locateOne(world: World): Promise<void> {
  const { history, random } = world;
  const sent = history.flatMap((event) =>
    event.kind === "sent" && event.invocation ? event.invocation : [],
  );
  const invocation = sent[Math.floor(random.fraction() * sent.length)];
  if (invocation === undefined) return;
  const process = world.spawn("locator");
  await guarded(world, process, () => locate(world, process, invocation));
}

export async function locateSome(world: World): Promise<void> {
  for (let count = 0; count < LAST_COUNT; count++) await locateOne(world);
}

async function locate(world: World, process: Process, invocation: Invocation): Promise<void> {
  const call = process.name;
  const { name, id } = invocation;
  world.note({ kind: "locating", call, invocation });
  try {
    const asked = { DeliveryStreamName: name, RequestId: id };
    const answer = await locateRecordOperation.handle(asked, contextOf(world, process));
    if (!("Records" in answer)) throw new Error("an answer for one record");
    const records = answer.Records.map((record) => toLocated(world, name, record));
    world.note({ kind: "located", call, records });
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    // Else its stream is gone, or its key cannot be used.
    if (error.name === "InvalidParameterValueException") world.note({ kind: "located", call });
  }
}

type Answer = Awaited<ReturnType<typeof locateRecordOperation.handle>>;
type Told = Extract<Answer, { readonly Records: unknown }>["Records"][number];

function toLocated(
  { twins }: World,
  streamName: string,
  { RecordIndex: index, RecordId, Locations }: Told,
): Located {
  const place = decodeRecordId(streamName, RecordId);
  if (place === undefined) throw new Error(`${RecordId} is not an id`);
  const { generation, lane, blockIndex: block, position } = place;
  const stream = `${streamName}/${generation}`;
  const shard = laneKey({ name: streamName, generation }, lane);
  return {
    index,
    place: { stream, shard, block, position },
    readers: Locations.map((location) => {
      const pieces = "Pieces" in location ? location.Pieces : [];
      const objects = "Objects" in location ? location.Objects : [];
      return {
        reader: location.Kind,
        state: location.State,
        found: pieces.map(({ Bucket = "", Key = "", Offset = 0, Length = 0 }) => {
          const bytes = twins.appeared(Bucket, Key)?.subarray(Offset, Offset + Length);
          return bytes && recordsOfObject(Key, bytes)[0]?.record;
        }),
        mayWait: "MayWait" in location,
        objects: [...pieces, ...objects].flatMap(({ Key }) => Key ?? []),
        unnamedCount: "ObjectCount" in location ? location.ObjectCount - objects.length : 0,
      };
    }),
  };
}

/** What the question asks for. */
function contextOf(world: World, process: Process): HydrantContext {
  const { deliveryStreams, log, bodies, keys, readers, proofIndex, deliveryNotes } =
    world.portsOf(process);
  const clock = world.scheduler.clockOf(process);
  const asked: Partial<HydrantContext> = {
    accountId: ACCOUNT_ID,
    region: REGION,
    clock,
    random: world.random,
    deliveryStreams,
    log,
    bodies,
    seals: createBlockSeals(keys, clock, world.random),
    deliveryReaders: readers,
    proofIndex,
    deliveryNotes,
    jq: partitionJq(),
    // No stream of the simulation reads another, nor does any convert its records.
    dataStreams: memoryStreams(memoryLog()),
    tables: memoryTables(),
  };
  return asked as HydrantContext;
}
