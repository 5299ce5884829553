/** However many are to be created at once, no more are than may be. */
import { expect, test } from "vitest";
import { createInRoom } from "../../../src/delivery/room.ts";
import { memoryReplays } from "../../../src/storage/memory/replays.ts";
import { identityOf, type Replay } from "../../../src/delivery/replay/replay.ts";

const STREAM = { name: "logs", generation: "0123456789abcdef" };
const MAX_COUNT = 5;

function newReplay(replayId: string): Replay {
  return {
    ...identityOf(STREAM, replayId),
    state: "RUNNING",
    range: {},
    versionId: 1,
    target: {
      roleArn: "arn:aws:iam::000000000000:role/hydrant",
      bucketArn: "arn:aws:s3:::logs",
      bufferSizeMiB: 5,
      bufferIntervalSeconds: 300,
      compression: "GZIP",
    },
    shown: {},
    request: "",
    startedAtMs: 0,
    openedBelow: 0,
  };
}

function world() {
  const replays = memoryReplays();
  const running = async () => {
    const all = await replays.list({ streamName: STREAM.name, generation: STREAM.generation });
    return all.filter(({ state }) => state === "RUNNING");
  };
  const start = (replay: Replay) =>
    createInRoom(
      {
        room: () => replays.room(replay),
        runningCount: async () => (await running()).length,
        create: (one, room) => replays.create(one, room),
      },
      replay,
      MAX_COUNT,
    );
  return { replays, running, start };
}

test("of twenty that come at once five are created", async () => {
  const { running, start } = world();
  const all = Array.from({ length: 20 }, (_, i) => newReplay(`r${i}`));
  const outcomes = await Promise.all(all.map(start));
  expect(outcomes.filter((outcome) => outcome === "created")).toHaveLength(MAX_COUNT);
  expect(outcomes.filter((outcome) => outcome === "full")).toHaveLength(15);
  expect(await running()).toHaveLength(MAX_COUNT);
});

test("when one has ended there is room for one", async () => {
  const { replays, start } = world();
  const all = Array.from({ length: 7 }, (_, i) => newReplay(`r${i}`));
  for (const replay of all.slice(0, MAX_COUNT)) expect(await start(replay)).toBe("created");
  expect(await start(all[5]!)).toBe("full");
  await replays.update(all[0]!, { ...all[0]!, state: "STOPPED" });
  expect(await Promise.all(all.slice(5).map(start))).toEqual(["created", "full"]);
  expect(await start(all[1]!)).toBe("full");
});
