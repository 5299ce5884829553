/**
 * Whether changes of delivery streams come one behind the other, decided from a history alone (`checker.ts`):
 *
 * - tags change by what a call under way asks for, made upon what stood, and by nothing else; no version is gone back to.
 *   Until it is answered, a call may do so more than once
 * - what a call was answered to be done had been done, amid the call; what was listed stood, amid the call
 * - a stream never has more than fifty tags, and is refused no more than that for their number
 */
import { isDeepStrictEqual } from "node:util";
import type { Violation } from "./checker.ts";
import type { EventOf, HistoryEvent, Tags } from "./history.ts";

const TAGS_MAX_COUNT = 50;

interface State {
  readonly tags: Tags;
  readonly versionId: number;
}

interface Call {
  readonly event: EventOf<"tagging">;
  /** What stood amid it; `undefined`: the stream was not there. */
  readonly seen: (State | undefined)[];
  isDone: boolean;
}

export function checkTags(events: readonly HistoryEvent[]): readonly Violation[] {
  const violations: Violation[] = [];
  const standing = new Map<string, State>();
  const underWay = new Map<string, Call>();

  const fail = (message: string) => violations.push({ guarantee: "tags", message });
  const nameOf = (stream: string) => stream.split("/")[0]!;
  const callsOf = (name: string) =>
    [...underWay.values()].filter(({ event }) => event.name === name);

  function stands(name: string, state: State | undefined): void {
    if (state === undefined) standing.delete(name);
    else standing.set(name, state);
    for (const { seen } of callsOf(name)) seen.push(state);
  }

  function changed({ stream, tags, versionId }: EventOf<"described">): void {
    const name = nameOf(stream);
    const before = standing.get(name);
    stands(name, { tags, versionId });
    const count = Object.keys(tags).length;
    if (count > TAGS_MAX_COUNT) fail(`${stream} has ${count} tags`);
    if (before === undefined) return;
    if (versionId < before.versionId) {
      fail(`${stream} went back from version ${before.versionId} to ${versionId}`);
    }
    if (isDeepStrictEqual(tags, before.tags)) return;
    const makers = callsOf(name).filter(({ event }) =>
      isDeepStrictEqual(applied(event, before.tags), tags),
    );
    // One that was not answered yet may do again what it did, for the answer of its write may have been lost.
    const maker = makers.find(({ isDone }) => !isDone) ?? makers[0];
    if (maker === undefined) fail(`the tags of ${stream} became others than anybody had asked for`);
    else maker.isDone = true;
  }

  function tagged({ call, answer }: EventOf<"tagged">): void {
    const known = underWay.get(call);
    underWay.delete(call);
    if (known === undefined) return;
    const { event, seen, isDone } = known;
    const states = seen.filter((state) => state !== undefined);
    switch (answer.kind) {
      case "done": {
        const changesNothing = states.some(({ tags }) =>
          isDeepStrictEqual(applied(event, tags), tags),
        );
        if (!isDone && !changesNothing) fail(`${call} was said to be done, and was not`);
        return;
      }
      case "listed":
        if (!states.some(({ tags }) => isDeepStrictEqual(tags, answer.tags))) {
          fail(`${call} was told of tags that never stood`);
        }
        return;
      case "refused": {
        if (answer.code !== "LimitExceededException") return;
        const isFull = states.some(
          ({ tags }) => Object.keys(applied(event, tags)).length > TAGS_MAX_COUNT,
        );
        if (!isFull) fail(`${call} was refused for the number of tags, of which there were few`);
      }
    }
  }

  for (const event of events) {
    if (event.kind === "described") changed(event);
    else if (event.kind === "tagged") tagged(event);
    else if (event.kind === "deleted") stands(nameOf(event.stream), undefined);
    else if (event.kind === "tagging") {
      const state = standing.get(event.name);
      underWay.set(event.call, { event, seen: [state], isDone: false });
    }
  }
  return violations;
}

function applied({ set = {}, unset = [] }: EventOf<"tagging">, tags: Tags): Tags {
  const left = Object.entries(tags).filter(([key]) => !unset.includes(key));
  return { ...Object.fromEntries(left), ...set };
}
