/**
 * Keeping a queue's message hidden while its worker lives. A queue hides what it hands out for longer than the worker's
 * function may run, as AWS demands; the worker's first act is to shorten that to a minute, and its heartbeat to extend
 * it, so that a message whose worker died shows again within a minute. Should heartbeats be lost, another worker meets
 * the lease.
 */
import type { Clock } from "../clock.ts";
import { MESSAGE_HEARTBEAT_MS, MESSAGE_HIDDEN_SECONDS } from "../limits.ts";
import { whileBeating } from "./heartbeat.ts";

/** The message shows again after so many seconds (0..43,200) from now, whatever it was before. */
export type HideMessage = (seconds: number) => Promise<void>;

export function whileHidden<Result>(
  { clock, hide }: { readonly clock: Clock; readonly hide: HideMessage },
  work: () => Promise<Result>,
): Promise<Result> {
  const beat = () => hide(MESSAGE_HIDDEN_SECONDS);
  return whileBeating({ clock, everyMs: MESSAGE_HEARTBEAT_MS, beat, beginsAtOnce: true }, work);
}
