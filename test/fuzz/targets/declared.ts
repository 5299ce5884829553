/** What CloudFormation passes on of templates: every event has an answer that CloudFormation takes. */
import {
  DECLARED_KINDS,
  type DeclaredRequest,
} from "../../../src/operations/hydrant/declared-resource.ts";
import { declaredWorld } from "../../unit/operations/hydrant/declared-world.ts";
import type { Chance } from "../chance.ts";
import { drawShape } from "../draw-shape.ts";
import { mutateTree, printTree, treeOf } from "../json-tree.ts";
import { fuzzTarget, hold } from "../target.ts";
import { KNOWN } from "./known.ts";

const ANSWER_MAX_BYTES = 4096;
/** Then all is made anew, so that what stands stays little. */
const EVENTS_PER_WORLD = 100;
const TYPES = [
  ...Object.keys(DECLARED_KINDS),
  ...Object.keys(DECLARED_KINDS),
  "__proto__",
  "constructor",
  "",
];
const IDS = [
  "clicks",
  "other",
  "00000000-0000-5000-8000-000000000000",
  "__proto__",
  "",
  "a".repeat(1024),
];

export const declaredEvents = () => {
  let world: Awaited<ReturnType<typeof declaredWorld>> | undefined;
  let eventCount = 0;
  return fuzzTarget({
    draw(chance) {
      const type = chance.pick(TYPES);
      return {
        type,
        members: {
          RequestType: chance.pick(["Create", "Create", "Update", "Delete"] as const),
          ...(chance.may(0.5) && { PhysicalResourceId: chance.pick(IDS) }),
          ResourceProperties: properties(chance, type),
        } as Partial<DeclaredRequest>,
      };
    },
    async check({ type, members }) {
      if (eventCount++ % EVENTS_PER_WORLD === 0) world = await declaredWorld();
      const { failure, ...answer } = await world!.request(type, members);
      if (failure !== undefined) throw new Error("a fault of ours", { cause: failure });
      hold(answer.PhysicalResourceId !== undefined, "an answer names a resource");
      const bytes = Buffer.byteLength(JSON.stringify(answer));
      hold(bytes <= ANSWER_MAX_BYTES, "CloudFormation takes an answer of this length");
      hold(
        (answer.Status === "FAILED") === (answer.Reason !== undefined),
        "a failure has a reason",
      );
      return `${members.RequestType} ${answer.Status}`;
    },
  });
};

/** With numbers and truth values as text, as they come. */
function properties(chance: Chance, type: string): unknown {
  const kind = Object.hasOwn(DECLARED_KINDS, type) ? DECLARED_KINDS[type] : undefined;
  const drawn = kind === undefined ? {} : drawShape(chance, kind.properties, KNOWN);
  const texts = JSON.stringify(drawn, (_name, value: unknown) =>
    typeof value === "number" || typeof value === "boolean" ? String(value) : value,
  );
  const tree = treeOf(JSON.parse(texts));
  return JSON.parse(printTree(chance.may(0.3) ? tree : mutateTree(chance, tree)));
}
