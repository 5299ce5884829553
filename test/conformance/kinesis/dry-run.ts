/** What is the same of every operation that can be called for its checks alone. */
import { eventually } from "../../helpers/eventually.ts";
import type { OperationName } from "./callers/caller.ts";
import { ACCOUNT_ID } from "./client.ts";
import type { Subject } from "./conformance.ts";
import { freshStream } from "./streams.ts";

const PASSED = "The request would have succeeded, but the DryRun parameter is set.";

/** `inputFor`: of a call that would succeed on this stream, which is new. `check`: that nothing was done there. */
export function itRunsDry<Name extends OperationName>(
  { itKnowing, refuses }: Subject<Name>,
  inputFor: (StreamName: string) => Promise<object>,
  check?: (StreamName: string) => Promise<void>,
): void {
  itKnowing(["DryRun"], "makes all checks and does nothing, once a second", async () => {
    const StreamName = await freshStream();
    const dryRun = { ...(await inputFor(StreamName)), DryRun: true };
    await refuses(dryRun, "DryRunOperationException", PASSED);
    await eventually("two come within a second", async () => {
      await refuses(
        dryRun,
        "ThrottlingException",
        `Rate exceeded for dry runs on stream ${StreamName} under account ${ACCOUNT_ID}.`,
      );
      return true;
    });
    await check?.(StreamName);
  });
}
