/**
 * Brings batches to Splunk, and asks until it has indexed them. Its promise is at least once: a batch that is not acknowledged in
 * time is sent again, also if nobody heard of the acknowledgement, which Splunk tells once.
 *
 * What is known of a batch that was sent is noted with the plan, so that whoever carries it on asks and does not send.
 */
import {
  SPLUNK_ASK_MAX_MS,
  SPLUNK_ASK_MIN_MS,
  SPLUNK_BATCH_MAX_BYTES,
  SPLUNK_BATCH_MAX_COUNT,
} from "../../../limits.ts";
import type { Batch, BatchOutcome, BatchSender, SettleRun } from "../receivers/port.ts";
import type { ReceiverMaking } from "../receivers/registry.ts";
import { type FoundKey, keyIn } from "../receivers/secret-key.ts";
import { type AckAnswer, judgedAck, judgedEvents, splunkError } from "./answer.ts";
import { ackRequest, channelOf, cookieOf, eventsRequest, type RequestTo } from "./request.ts";
import type { SplunkSettings } from "./settings.ts";
import { isTokenText } from "./token.ts";

/** Of a batch that Splunk has, and has not acknowledged. Plain JSON. */
interface Sent {
  readonly ackId: number;
  readonly sentAtMs: number;
  readonly askedCount: number;
  readonly cookie?: string;
  readonly isTokenRefused?: true;
}

export function splunkSender(making: ReceiverMaking<SplunkSettings>): BatchSender {
  const { settings, secrets, ports } = making;

  async function readToken(isAnew: boolean): Promise<FoundKey> {
    const { secret } = settings;
    if (secret === undefined) return { kind: "key", key: secrets["HECToken"] };
    return keyIn(
      await ports.secrets.read(secret, { isAnew }),
      "hec_token",
      secret.arn,
      isTokenText,
    );
  }

  async function bring({ records }: Batch, to: RequestTo, run: SettleRun): Promise<BatchOutcome> {
    // Splunk refuses what holds nothing, and has nothing to index.
    if (records.every(({ data }) => data.length === 0)) return { kind: "delivered" };
    const answer = await ports.http.send(eventsRequest(to, records));
    const judged = judgedEvents(answer);
    if (judged.kind !== "queued") return judged;
    const cookie = answer.kind === "answer" ? cookieOf(answer.headers["set-cookie"]) : undefined;
    const sent: Sent = {
      ackId: judged.ackId,
      sentAtMs: run.clock.now(),
      askedCount: 0,
      ...(cookie !== undefined && { cookie }),
    };
    return awaited(sent, run);
  }

  function heard(sent: Sent, judged: AckAnswer, run: SettleRun): BatchOutcome {
    if (judged.kind === "never") return judged.outcome;
    const passedMs = run.clock.now() - sent.sentAtMs;
    if (judged.kind === "acknowledged") {
      run.measure("DeliveryToSplunk.DataAckLatency", passedMs / 1000);
      return { kind: "delivered" };
    }
    if (passedMs >= settings.ackTimeoutSeconds * 1000) {
      return { kind: "retry", error: splunkError("AckTimeout") };
    }
    const { isTokenRefused: _before, ...rest } = sent;
    const { isTokenRefused } = judged;
    const asked = { ...rest, askedCount: sent.askedCount + 1 };
    return awaited({ ...asked, ...(isTokenRefused && { isTokenRefused }) }, run);
  }

  /** More and more seldom, and for the last time when the time is over. */
  function awaited(sent: Sent, run: SettleRun): BatchOutcome {
    const leftMs = sent.sentAtMs + settings.ackTimeoutSeconds * 1000 - run.clock.now();
    const plainMs = Math.min(SPLUNK_ASK_MIN_MS * 2 ** sent.askedCount, SPLUNK_ASK_MAX_MS);
    return { kind: "awaited", memo: sent, afterMs: Math.max(0, Math.min(plainMs, leftMs)) };
  }

  return {
    errorOutputType: "splunk-failed",
    bounds: { maxCount: SPLUNK_BATCH_MAX_COUNT, maxBytes: SPLUNK_BATCH_MAX_BYTES },
    sizeOf: ({ data }) => data.length,
    async send(batch, run) {
      const sent = batch.memo as Sent | undefined;
      // After a refusal the token may be another one by now.
      const isAnew = sent === undefined ? run.attempts > 0 : sent.isTokenRefused === true;
      const found = await readToken(isAnew);
      const token = found.kind === "key" ? (found.key ?? "") : "";
      const target = { settings, token, channel: channelOf(run.flush) };
      if (found.kind === "refused") {
        // Who cannot ask has not been told, and waits as long.
        return sent === undefined
          ? { kind: "retry", error: found.error, isAway: true }
          : heard(sent, { kind: "not yet" }, run);
      }
      if (sent === undefined) return bring(batch, target, run);
      const { ackId, cookie } = sent;
      const answer = await ports.http.send(ackRequest({ ...target, cookie }, ackId));
      return heard(sent, judgedAck(answer, ackId), run);
    },
  };
}
