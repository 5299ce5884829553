/** What replays are asked for: all, what arrived between two times, or from one record to another. */
import { laneKey } from "../../src/delivery/delivery-stream.ts";
import type { DeliveryStream } from "../../src/delivery/delivery-stream.ts";
import type { ReplayRange } from "../../src/delivery/replay/replay.ts";
import type { Block } from "../../src/log/store.ts";
import type { World } from "./world.ts";

const ALL_SHARE = 0.3;
const TIMES_SHARE = 0.5;
/** Of the bounds of a range. */
const OPEN_SHARE = 0.25;
/** Around the arrival of a block, so that blocks lie on both sides. */
const AROUND_MS = 2000;

interface Found {
  readonly lane: number;
  readonly block: Block;
}

export async function drawRange(world: World, stream: DeliveryStream): Promise<ReplayRange> {
  const { random } = world;
  const blocks = await blocksOf(world, stream);
  const pick = () => blocks[Math.floor(random.fraction() * blocks.length)];
  const [one, other] = [pick(), pick()];
  if (one === undefined || other === undefined || random.fraction() < ALL_SHARE) return {};
  const isTimed = random.fraction() < TIMES_SHARE;
  const draw = isTimed ? betweenTimes(world, one, other) : betweenRecords(world, one, blocks);
  const { from, to } = draw;
  const isOpen = random.fraction() < OPEN_SHARE;
  const opensAtStart = random.fraction() < 0.5;
  return {
    ...(from && !(isOpen && opensAtStart) && { from }),
    ...(to && !(isOpen && !opensAtStart) && { to }),
  };
}

function betweenTimes({ random, scheduler }: World, one: Found, other: Found): ReplayRange {
  const [first, last] = [one, other]
    .map(({ block }) => block.arrivedAtMs + Math.round((random.fraction() * 2 - 1) * AROUND_MS))
    .toSorted((a, b) => a - b) as [number, number];
  const atMost = (atMs: number) => Math.min(atMs, scheduler.now());
  return {
    from: { kind: "time", atMs: atMost(first) },
    to: { kind: "time", atMs: atMost(Math.max(last, first + 1)) },
  };
}

function betweenRecords({ random }: World, one: Found, blocks: readonly Found[]): ReplayRange {
  const ofLane = blocks.filter(({ lane }) => lane === one.lane);
  const other = ofLane[Math.floor(random.fraction() * ofLane.length)] ?? one;
  const [first, last] = [one, other]
    .map(({ lane, block: { index, recordCount } }) => ({
      kind: "record" as const,
      shardIndex: lane,
      blockIndex: index,
      position: Math.floor(random.fraction() * recordCount),
    }))
    .toSorted((a, b) => a.blockIndex - b.blockIndex || a.position - b.position);
  return { from: first!, to: last! };
}

/** In all lanes that there ever were. */
async function blocksOf(
  { twins }: World,
  { name, generation, lanes }: DeliveryStream,
): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (let lane = 0; lane < (lanes?.next ?? 0); lane++) {
    const range = { shard: laneKey({ name, generation }, lane), from: 0, to: Infinity };
    for await (const block of twins.log.read(range)) {
      if (block.kind === "data") found.push({ lane, block });
    }
  }
  return found;
}
