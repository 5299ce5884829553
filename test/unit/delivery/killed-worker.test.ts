/**
 * A stream with a transform and a source backup, whose three prefixes are changed while its worker dies: at every call
 * that the worker makes on its way from the lease to the checkpoint, before it has its effect or behind that.
 */
import { expect, test } from "vitest";
import type { DeliverPorts } from "../../../src/delivery/deliver.ts";
import { BACKUP_READER, DELIVERY_READER } from "../../../src/delivery/delivery-stream.ts";
import { updateStream } from "../../../src/delivery/update.ts";
import { answering, deliverWorld, HINTS, ok } from "./deliver-world.ts";
import { DESTINATION, TRANSFORM } from "./delivery-ports.ts";

const RECORDS = ["a", "bad", "b", "c", "bad too", "d"];
const READERS = [DELIVERY_READER, BACKUP_READER] as const;

const places = (folder: string) => ({
  prefix: `${folder}/delivered/`,
  errorOutputPrefix: `${folder}/failed/!{firehose:error-output-type}/`,
  backup: { ...DESTINATION, ...HINTS, prefix: `${folder}/kept/`, delimiter: "\n" },
});

async function world() {
  const rig = await deliverWorld(
    { transform: TRANSFORM, delimiter: "\n", ...places("v1") },
    answering((text) => (text.startsWith("bad") ? { result: "ProcessingFailed" } : ok(text))),
  );
  for (const record of RECORDS) await rig.put(`${record};`);
  await rig.clock.sleep(60_000);
  return {
    ...rig,
    update: () =>
      updateStream(rig, rig.stream, {
        ...rig.stream,
        versionId: 2,
        destination: { ...rig.stream.destination, ...places("v2") },
      }),
    /** What stands where: of the errors' lines what they hold. */
    found() {
      const found = { delivered: [] as string[], failed: [] as string[], kept: [] as string[] };
      for (const { key, text } of rig.contents()) {
        const [, folder, place, version] = /^v(\d)\/(\w+)\/.*access-logs-(\d)-/.exec(key) ?? [];
        expect(folder, `${key} stands where its version says`).toBe(version);
        const records =
          place === "failed"
            ? text.trimEnd().split("\n").map(rawDataIn)
            : text.replaceAll("\n", "").split(";").slice(0, -1);
        found[place as keyof typeof found].push(...records.map((each) => each.replace(";", "")));
      }
      return found;
    },
  };
}

function rawDataIn(line: string): string {
  const { rawData } = JSON.parse(line) as { readonly rawData: string };
  return Buffer.from(rawData, "base64").toString();
}

const DEAD = new Error("killed");

/** Ports of a process that dies with its call of that number; what it calls afterwards never happens. */
function mortal(
  ports: Pick<DeliverPorts, "readers" | "objects" | "invoker" | "deliveryNotes">,
  diesAt: number,
  moment: "before" | "behind",
) {
  let calls = 0;
  const wrap = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get(of, member) {
        const value: unknown = Reflect.get(of, member);
        if (typeof value !== "function" || member === "refusalOf") return value;
        return async (...args: readonly unknown[]) => {
          const call = calls++;
          if (call > diesAt || (call === diesAt && moment === "before")) throw DEAD;
          const result: unknown = await Reflect.apply(value, of, args);
          if (call === diesAt) throw DEAD;
          return result;
        };
      },
    });
  return {
    ports: {
      readers: wrap(ports.readers),
      objects: wrap(ports.objects),
      invoker: wrap(ports.invoker),
      deliveryNotes: wrap(ports.deliveryNotes),
    },
    isDead: () => calls > diesAt,
  };
}

test.each(READERS.flatMap((reader) => [[reader, "before"] as const, [reader, "behind"] as const]))(
  "a worker of the %s that dies %s any of its calls leaves every record once",
  async (readerId, moment) => {
    let diedTimes = 0;
    for (let diesAt = 0; ; diesAt++) {
      const rig = await world();
      const worker = mortal(rig, diesAt, moment);
      await rig.run(worker.ports, { readerId }).catch((error: unknown) => {
        expect(error).toBe(DEAD);
      });
      if (!worker.isDead()) break;
      diedTimes += 1;
      expect(await rig.update()).toBe("updated");
      await rig.clock.sleep(60_000);
      const deadlineMs = rig.clock.now() + 900_000;
      for (const reader of READERS) {
        const options = { readerId: reader, isRepeated: true, deadlineMs };
        expect(await rig.run({}, options), `after call ${diesAt}`).toMatchObject({ kind: "done" });
      }
      const found = rig.found();
      expect(found, `after call ${diesAt}`).toEqual({
        delivered: ["a", "b", "c", "d"],
        failed: ["bad", "bad too"],
        kept: RECORDS,
      });
    }
    expect(diedTimes).toBeGreaterThanOrEqual(8);
  },
);
