/** Which queue a wake-up goes to: consumers' readers have a function of their own. */
import type { WakeQueue } from "../readers/store.ts";
import { mappingOfReader } from "./mapping.ts";

export function wakeRoute(queues: {
  readonly consume: WakeQueue;
  readonly deliver: WakeQueue;
}): WakeQueue {
  return {
    send(wakeUp, delaySeconds) {
      const isConsumer = mappingOfReader(wakeUp.readerId) !== undefined;
      return (isConsumer ? queues.consume : queues.deliver).send(wakeUp, delaySeconds);
    },
  };
}
