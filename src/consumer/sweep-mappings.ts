/**
 * The sweep over mappings that a change left unfinished: the message that asks for the rest is sent after the change is
 * stored, and whoever was to send it may have died in between.
 */
import { isAhead } from "../clock.ts";
import { type NoteSweepPorts, SWEEP_GRACE_MS, tried } from "../readers/sweep.ts";
import { type EventSourceMapping, isFed, mappingOfReader } from "./mapping.ts";
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

/** Tells the readers of mappings that are not fed, which nobody is to wake. Each mapping is asked for once. */
export function pausedReaders(
  mappings: Pick<MappingStore, "get">,
): (readerId: string) => Promise<boolean> {
  const known = new Map<string, Promise<boolean>>();
  return (readerId) => {
    const uuid = mappingOfReader(readerId);
    if (uuid === undefined) return Promise.resolve(false);
    const asked =
      known.get(uuid) ?? mappings.get(uuid).then((it) => it === undefined || !isFed(it));
    known.set(uuid, asked);
    return asked;
  };
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

export interface MappingSweepPorts extends Pick<NoteSweepPorts<never>, "clock" | "reportFailure"> {
  readonly mappingQueue: MappingQueue;
}

/** Returns whether there is anything to finish. */
export async function sweepMappings(
  ports: MappingSweepPorts,
  mappings: readonly EventSourceMapping[],
): Promise<boolean> {
  const unfinished = mappings.filter(isUnfinished);
  for (const mapping of unfinished)
    await tried(ports, mapping.uuid, () => askAgain(ports, mapping));
  return unfinished.length > 0;
}

function isUnfinished({ status, pending }: EventSourceMapping): boolean {
  return status === "starting" || status === "deleting" || pending !== undefined;
}

async function askAgain(
  { mappingQueue, clock }: MappingSweepPorts,
  { uuid, modifiedAtMs }: EventSourceMapping,
): Promise<boolean> {
  if (!isAhead(modifiedAtMs + SWEEP_GRACE_MS, clock.now(), SWEEP_GRACE_MS))
    await mappingQueue.send(uuid);
  return true;
}
