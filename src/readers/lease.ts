/** Keeping a lease alive while its holder works. */
import type { Clock } from "../clock.ts";
import { LEASE_DURATION_MS, LEASE_HEARTBEAT_MS } from "../limits.ts";
import { whileBeating } from "./heartbeat.ts";
import type { Lease, ReaderStore } from "./store.ts";

/**
 * Runs `work` while renewing the lease. A failed renewal is no reason to stop: every write of the work is
 * conditional on the epoch, so a lost lease shows itself there.
 */
export function withHeartbeat<Result>(
  {
    readers,
    clock,
  }: { readonly readers: Pick<ReaderStore<never>, "renew">; readonly clock: Clock },
  lease: Lease,
  work: () => Promise<Result>,
): Promise<Result> {
  const beat = () => readers.renew(lease, clock.now() + LEASE_DURATION_MS);
  return whileBeating({ clock, everyMs: LEASE_HEARTBEAT_MS, beat }, work);
}
