/** The sweep over delivery streams: what was left of a creation or a deletion is gone on with. */
import { type NoteSweepPorts, tried } from "../readers/sweep.ts";
import { allDeliveryStreams } from "./all-streams.ts";
import { settleTransition, type SourceLifecyclePorts } from "./source-lifecycle.ts";

export interface StreamSweepPorts
  extends SourceLifecyclePorts, Pick<NoteSweepPorts<never>, "reportFailure"> {}

/** Returns whether anything is left, or may be, for what fails counts as left. */
export async function sweepDeliveryStreams(
  ports: StreamSweepPorts,
  deadlineMs: number,
): Promise<boolean> {
  let isAnyLeft = false;
  for await (const streams of allDeliveryStreams(ports.deliveryStreams)) {
    for (const stream of streams.filter(({ transition }) => transition !== undefined)) {
      const isLeft = await tried(ports, stream.name, async () => {
        const settled = await settleTransition(ports, stream, deadlineMs);
        return settled?.transition !== undefined;
      });
      isAnyLeft ||= isLeft;
    }
  }
  return isAnyLeft;
}
