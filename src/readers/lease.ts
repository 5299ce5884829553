/** Keeping a lease alive while its holder works: a heartbeat beside the work, and a signal once it is lost. */
import type { Clock } from "../clock.ts";
import { LEASE_DURATION_MS, LEASE_HEARTBEAT_MS } from "../limits.ts";
import type { Lease, ReaderStore } from "./store.ts";

/**
 * Runs `work` while renewing the lease. A failed renewal is no reason to stop: every write of the work is
 * conditional on the epoch, so a lost lease shows itself there.
 */
export async function withHeartbeat<Result>(
  {
    readers,
    clock,
  }: { readonly readers: Pick<ReaderStore<never>, "renew">; readonly clock: Clock },
  lease: Lease,
  work: () => Promise<Result>,
): Promise<Result> {
  const finished = new AbortController();
  const beating = (async () => {
    for (;;) {
      await clock.sleep(LEASE_HEARTBEAT_MS, finished.signal);
      if (finished.signal.aborted) return;
      await readers.renew(lease, clock.now() + LEASE_DURATION_MS).catch(() => "fenced");
    }
  })();
  try {
    return await work();
  } finally {
    finished.abort();
    await beating;
  }
}
