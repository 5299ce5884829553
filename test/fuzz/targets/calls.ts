/** Whole calls, signed, to every operation over the memory twins: no input is a fault of ours. */
import { memoryAccessKeys } from "../../../src/storage/memory/access-keys.ts";
import { systemClock } from "../../../src/clock.ts";
import type { JqEngine } from "../../../src/delivery/jq/engine.ts";
import { workerJq } from "../../../src/delivery/jq/worker-engine.ts";
import { createBlockSeals } from "../../../src/log/block-seals.ts";
import { SERVICES } from "../../../src/operations/services.ts";
import type { HydrantContext, OperationContext } from "../../../src/operations/context.ts";
import { systemRandom } from "../../../src/random.ts";
import { memoryKeys } from "../../../src/storage/memory/keys.ts";
import { createDispatch } from "../../../src/wire/dispatch.ts";
import { JSON_1_1 } from "../../../src/wire/codec.ts";
import { KEY, signed } from "../../unit/hostile/requests.ts";
import { createRequest } from "../../unit/operations/firehose/harness.ts";
import { harness } from "../../unit/operations/hydrant/harness.ts";
import { caller, NOW_MS, REGION } from "../../unit/operations/kinesis/harness.ts";
import { drawShape } from "../draw-shape.ts";
import { mutateTree, printTree, treeOf } from "../json-tree.ts";
import { fuzzTarget, hold } from "../target.ts";
import { DELIVERY_STREAM, KNOWN } from "./known.ts";

/** Then all is made anew, so that what stands stays little. */
const CALLS_PER_WORLD = 200;
const JQ_INPUT_MAX_MS = 200;
const BODY_MAX_LENGTH = 1_000_000;

const ROWS = SERVICES.flatMap(({ targetPrefix, operations }) =>
  [...operations].flatMap(([name, row]) =>
    row.kind === "operation" ? [{ target: `${targetPrefix}.${name}`, input: row.input }] : [],
  ),
);

async function newWorld(engine: JqEngine) {
  const made = await harness();
  const context = {
    ...made.context,
    jq: engine,
    seals: createBlockSeals(memoryKeys(systemRandom), made.context.clock, systemRandom),
  };
  const service = (prefix: string) =>
    caller(
      SERVICES.find(({ signingName }) => signingName === prefix)!,
      context,
    );
  await service("firehose")(
    "CreateDeliveryStream",
    createRequest({}, { DeliveryStreamName: DELIVERY_STREAM }),
  );
  await service("kinesis")("RegisterStreamConsumer", {
    StreamARN: KNOWN["StreamARN"]![0],
    ConsumerName: "fast",
  });
  let failure: unknown;
  const dispatch = createDispatch<OperationContext & HydrantContext>({
    services: SERVICES,
    keys: memoryAccessKeys(KEY),
    accountId: context.accountId,
    region: REGION,
    // Requests are signed at one time.
    clock: { ...context.clock, now: () => NOW_MS },
    random: context.random,
    contextFor: () => context,
    report(report) {
      failure = report.failure;
    },
  });
  return {
    async call(target: string, body: string) {
      failure = undefined;
      const { status, body: answer } = await dispatch(signed(target, JSON_1_1, body));
      if (failure !== undefined) throw new Error("a fault of ours", { cause: failure });
      return { status, text: String(answer) };
    },
  };
}

export const calls = () => {
  let world: Awaited<ReturnType<typeof newWorld>> | undefined;
  let callCount = 0;
  const engine = workerJq({ clock: systemClock, inputMaxMs: JQ_INPUT_MAX_MS });
  return fuzzTarget({
    draw(chance) {
      const { target, input } = chance.pick(ROWS);
      const tree = treeOf(drawShape(chance, input, KNOWN));
      const body = printTree(chance.may(0.5) ? tree : mutateTree(chance, tree));
      return { target, body: body.length <= BODY_MAX_LENGTH ? body : printTree(tree) };
    },
    async check({ target, body }) {
      if (callCount++ % CALLS_PER_WORLD === 0) world = await newWorld(engine);
      const { status, text } = await world!.call(target, body);
      hold(status < 500, `no call is a fault of ours: ${text.slice(0, 300)}`);
      if (status === 200) return "done";
      const { __type: name } = JSON.parse(text) as { readonly __type: string };
      hold(name.length > 0, "an error has a name");
      return name;
    },
    end: () => engine.close(),
  });
};
