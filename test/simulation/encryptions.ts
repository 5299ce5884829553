/** Starts and stops of streams' encryption while records go to them and from them, and keys that cannot be used for a while. */
import { started, stopped } from "../../src/delivery/encryption.ts";
import { streamIdOf } from "../../src/delivery/delivery-stream.ts";
import { createBlockSeals } from "../../src/log/block-seals.ts";
import { InjectedFault } from "./faults.ts";
import type { World } from "./world.ts";

const ATTEMPTS_MAX_COUNT = 5;
const REFUSED_MAX_MS = 120_000;
/** Beside the deployment's own. */
const CUSTOMERS_KEYS = ["arn:aws:kms:us-east-1:0:key/one", "arn:aws:kms:us-east-1:0:key/two"];
const OWN_KEY = "";

/** As the two operations do it, by somebody who tries again a few times. */
export async function encryptOne(world: World, name: string): Promise<void> {
  const { random, scheduler } = world;
  const keyArn = [...CUSTOMERS_KEYS, undefined][Math.floor(random.fraction() * 3)];
  const isStop = random.fraction() < 0.4;
  const process = world.spawn("encryptor");
  const { deliveryStreams, keys } = world.portsOf(process);
  const clock = scheduler.clockOf(process);
  try {
    for (let attempt = 0; attempt < ATTEMPTS_MAX_COUNT; attempt++) {
      const before = await deliveryStreams.get(name);
      if (before === undefined || before.transition !== undefined) break;
      const key = keyArn === undefined ? {} : { keyArn };
      const seals = createBlockSeals(keys, clock, random);
      const standing = before.encryption?.key;
      const answer =
        isStop && standing === undefined
          ? undefined
          : await seals.askAgain(streamIdOf(before), isStop ? standing?.keyArn : keyArn);
      const refusal = answer?.kind === "refused" ? answer : undefined;
      const encryption = isStop
        ? stopped(before.encryption, refusal, clock.now())
        : started(before.encryption, key, refusal, clock.now());
      if ((await deliveryStreams.update(before, { ...before, encryption })) === "updated") break;
    }
  } catch (error) {
    if (!(error instanceof InjectedFault)) world.surprise(error);
  }
  world.end(process);
}

export function refuseKey({ scheduler, random, twins }: World): void {
  const all = [OWN_KEY, ...CUSTOMERS_KEYS];
  const keyArn = all[Math.floor(random.fraction() * all.length)] ?? OWN_KEY;
  scheduler.note(`key ${keyArn} is refused`);
  twins.keys.refuse(keyArn, "DisabledException");
  scheduler.after(undefined, random.fraction() * REFUSED_MAX_MS, "a key is back", () =>
    twins.keys.refuse(keyArn),
  );
}

export function bringKeysBack({ twins }: World): void {
  for (const keyArn of [OWN_KEY, ...CUSTOMERS_KEYS]) twins.keys.refuse(keyArn);
}
