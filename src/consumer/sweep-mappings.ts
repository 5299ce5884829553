/**
 * The sweep over what consumers read, and over mappings that a change left unfinished: the message that asks for the
 * rest is sent after the change is stored, and whoever was to send it may have died in between.
 */
import { isAhead } from "../clock.ts";
import { type DataStreamSweepPorts, sweepDataStream, tried } from "../readers/sweep-data-stream.ts";
import { SWEEP_GRACE_MS } from "../readers/sweep.ts";
import { consumerReaderId, type EventSourceMapping, mappingOfReader } from "./mapping.ts";
import type { MappingQueue, MappingStore } from "./ports.ts";

const PAGE_COUNT = 100;

export async function allMappings(
  store: Pick<MappingStore, "list">,
): Promise<readonly EventSourceMapping[]> {
  const mappings: EventSourceMapping[] = [];
  for (;;) {
    const after = mappings.at(-1)?.uuid;
    const page = await store.list({ limit: PAGE_COUNT, ...(after !== undefined && { after }) });
    mappings.push(...page);
    if (page.length < PAGE_COUNT) return mappings;
  }
}

/** Tells the readers of mappings that are not enabled, which nobody is to wake. */
export function pausedReaders(
  mappings: readonly EventSourceMapping[],
): (readerId: string) => boolean {
  const enabled = mappings.filter(({ status }) => status === "enabled");
  const served = new Set(enabled.map(({ uuid }) => consumerReaderId(uuid)));
  return (readerId) => mappingOfReader(readerId) !== undefined && !served.has(readerId);
}

/** Tells the readers that a mapping left behind which is gone: it was removed while they were opened. */
export function leftReaders(
  mappings: readonly EventSourceMapping[],
): (readerId: string) => boolean {
  const standing = new Set(mappings.map(({ uuid }) => uuid));
  return (readerId) => {
    const uuid = mappingOfReader(readerId);
    return uuid !== undefined && !standing.has(uuid);
  };
}

export interface MappingSweepPorts<Plan> extends DataStreamSweepPorts<Plan> {
  readonly mappingQueue: MappingQueue;
}

/** Returns whether there is anything to consume or to finish, or may be. */
export async function sweepMappings<Plan>(
  ports: MappingSweepPorts<Plan>,
  mappings: readonly EventSourceMapping[],
): Promise<boolean> {
  const unfinished = mappings.filter(isUnfinished);
  for (const mapping of unfinished)
    await tried(ports, mapping.uuid, () => askAgain(ports, mapping));
  let isAnyOpen = unfinished.length > 0;
  for (const stream of streamsOf(mappings)) {
    const isOpen = await sweepDataStream(ports, stream);
    isAnyOpen ||= isOpen;
  }
  return isAnyOpen;
}

function isUnfinished({ status, pending }: EventSourceMapping): boolean {
  return status === "starting" || status === "deleting" || pending !== undefined;
}

async function askAgain<Plan>(
  { mappingQueue, clock }: MappingSweepPorts<Plan>,
  { uuid, modifiedAtMs }: EventSourceMapping,
): Promise<boolean> {
  if (!isAhead(modifiedAtMs + SWEEP_GRACE_MS, clock.now(), SWEEP_GRACE_MS))
    await mappingQueue.send(uuid);
  return true;
}

/** The data streams that enabled mappings read, each once. */
function streamsOf(mappings: readonly EventSourceMapping[]) {
  const enabled = mappings.filter(({ status }) => status === "enabled");
  const streams = enabled.map(({ streamName: name, streamGeneration: generation }) => ({
    name,
    generation,
  }));
  return new Map(streams.map((stream) => [stream.generation, stream])).values();
}
