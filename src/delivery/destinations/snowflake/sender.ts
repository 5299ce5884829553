/**
 * Snowflake: each lane or shard has a channel, and each batch an offset token that follows from its place in the log; later ones are
 * greater. A channel keeps the token of the rows that it has committed, in the same step as the rows. So whoever comes
 * with a batch asks the channel first, and appends nothing that it has.
 *
 * That holds as long as batches come in their order: whenever one is not known to be committed, all behind it wait.
 */
import { derivedUuid } from "../../../derived-uuid.ts";
import {
  SNOWFLAKE_BATCH_MAX_BYTES,
  SNOWFLAKE_BATCH_MAX_COUNT,
  SNOWFLAKE_COMMIT_WAIT_MS,
  SNOWFLAKE_POLL_MS,
} from "../../../limits.ts";
import type { DeliveryError } from "../../error-log/delivery-error.ts";
import type {
  Batch,
  BatchOutcome,
  BatchSender,
  FlushIdentity,
  SettleRun,
} from "../receivers/port.ts";
import type { ReceiverPorts } from "../receivers/ports.ts";
import type { ReceiverSecrets } from "../receivers/settings.ts";
import {
  channelStatus,
  type ChannelStatus,
  type SnowflakeClient,
  snowflakeClient,
  type SnowflakeFailure,
  textOf,
  UNAUTHORIZED,
} from "./client.ts";
import type { KeyPair } from "./key-pair.ts";
import { isObject, NO_OBJECT, rowOf } from "./rows.ts";
import type { SnowflakeSettings } from "./settings.ts";

interface OpenChannel {
  readonly client: SnowflakeClient;
  readonly continuation: string;
  readonly status: ChannelStatus;
}

const CONTINUATION = "next_continuation_token";
const LATENCY = "DeliveryToSnowflake.DataCommitLatency";

export function snowflakeSender(
  settings: SnowflakeSettings,
  secrets: ReceiverSecrets,
  { http, secrets: store }: Pick<ReceiverPorts, "http" | "secrets">,
): BatchSender {
  const { loading } = settings;
  let client: SnowflakeClient | undefined;
  let channel: OpenChannel | undefined;

  async function enter(
    run: SettleRun,
    isAnew: boolean,
  ): Promise<SnowflakeClient | SnowflakeFailure> {
    if (client !== undefined && !isAnew) return client;
    const pair = await keyPair(isAnew);
    if ("kind" in pair) return pair;
    client = snowflakeClient(settings, pair, http, run.clock);
    return client;
  }

  async function keyPair(isAnew: boolean): Promise<KeyPair | SnowflakeFailure> {
    const { PrivateKey: privateKey = "", KeyPassphrase: passphrase } = secrets;
    const { user = "", secret } = settings;
    if (secret === undefined) return { user, privateKey, passphrase };
    const read = await store.read(secret, { isAnew });
    if (read.kind === "refused") return { kind: "away", error: read.error };
    return readSecretText(read.text) ?? { kind: "refused", error: INVALID_SECRET };
  }

  /** Anew, unless this run has it open: then nobody else has any more. */
  async function open(run: SettleRun, isAnew = false): Promise<OpenChannel | SnowflakeFailure> {
    if (channel !== undefined) return channel;
    const entered = await enter(run, isAnew);
    if ("kind" in entered) return entered;
    const name = channelName(run.flush);
    const opened = await entered.open(name);
    if (opened.kind !== "done") {
      // The secret may have got another key since it was read.
      const mayBeOld = settings.secret !== undefined && opened.error.errorCode === UNAUTHORIZED;
      return mayBeOld && !isAnew ? open(run, true) : opened;
    }
    channel = {
      client: entered,
      continuation: textOf(opened.body, CONTINUATION),
      status: channelStatus(opened.body, name),
    };
    return channel;
  }

  /** It is not known to be committed: the channel is opened anew before anything else is tried. */
  function notCommitted({ kind, error }: SnowflakeFailure): BatchOutcome {
    channel = undefined;
    return kind === "refused" ? { kind: "failed", error } : { kind: "retry", error, isAway: true };
  }

  function committed({ lastErrorAt }: ChannelStatus, token: string): BatchOutcome {
    return lastErrorAt === token ? { kind: "failed", error: ROWS_LEFT_OUT } : { kind: "delivered" };
  }

  return {
    errorOutputType: "snowflake-failed",
    bounds: { maxCount: SNOWFLAKE_BATCH_MAX_COUNT, maxBytes: SNOWFLAKE_BATCH_MAX_BYTES },
    // With room for names of columns and for metadata.
    sizeOf: ({ data, record: { origin } }) =>
      data.length + (loading.kind === "json" ? 1 : 1024 + (origin?.partitionKey.length ?? 0) * 2),
    problemOf: ({ data }) => (loading.kind === "json" && !isObject(data) ? NO_OBJECT : undefined),

    async send(batch, run) {
      const token = offsetToken(run.flush, batch);
      const standing = await open(run);
      if ("kind" in standing) return notCommitted(standing);
      if (isAtLeast(standing.status.committed, token)) return committed(standing.status, token);
      const rows = batch.records.map((record) => `${rowOf(record, loading, run.flush)}\n`).join("");
      const beganMs = run.clock.now();
      const name = channelName(run.flush);
      const appended = await standing.client.append(name, Buffer.from(rows), {
        continuation: standing.continuation,
        offset: token,
      });
      if (appended.kind !== "done") return notCommitted(appended);
      const continuation = textOf(appended.body, CONTINUATION);
      for (const untilMs = beganMs + SNOWFLAKE_COMMIT_WAIT_MS; run.clock.now() < untilMs;) {
        const asked = await standing.client.status(name);
        if (asked.kind !== "done") return notCommitted({ ...asked, kind: "away" });
        const status = channelStatus(asked.body, name);
        if (isAtLeast(status.committed, token)) {
          channel = { ...standing, continuation, status };
          run.measure(LATENCY, (run.clock.now() - beganMs) / 1000);
          return committed(status, token);
        }
        await run.clock.sleep(SNOWFLAKE_POLL_MS);
      }
      return notCommitted({ kind: "away", error: NOT_COMMITTED });
    },
  };
}

const NOT_COMMITTED: DeliveryError = {
  errorCode: "Snowflake.NotCommitted",
  errorMessage: "Snowflake has taken the rows, and not committed them in time.",
};

const ROWS_LEFT_OUT: DeliveryError = {
  errorCode: "Snowflake.InvalidColumns",
  errorMessage:
    "Snowflake left out rows of the batch that this record was in, and does not say which; the others are in the table.",
};

const INVALID_SECRET: DeliveryError = {
  errorCode: "Snowflake.InvalidSecret",
  errorMessage: "The secret must be a JSON object with user and private_key.",
};

function readSecretText(text: string): KeyPair | undefined {
  try {
    const {
      user,
      private_key: privateKey,
      key_passphrase: passphrase,
    } = JSON.parse(text) as Record<string, unknown>;
    if (typeof user !== "string" || typeof privateKey !== "string") return undefined;
    return { user, privateKey, ...(typeof passphrase === "string" && { passphrase }) };
  } catch {
    return undefined;
  }
}

/** Of one reader of one lane or shard: its flushes follow each other. */
export function channelName({ stream, readerId, shardIndex }: FlushIdentity): string {
  const id = derivedUuid("snowflake", stream.name, stream.generation, readerId, shardIndex);
  return `hydrant-${stream.name}-${shardIndex}-${id}`;
}

const BLOCK_DIGITS = 16;
const BATCH_DIGITS = 8;

/** Of fixed width, so that their order as text is that of the log: `0000000000000042-00000003`. */
export function offsetToken({ span }: FlushIdentity, { index }: Pick<Batch, "index">): string {
  const block = String(span.from.blockIndex).padStart(BLOCK_DIGITS, "0");
  return `${block}-${String(index).padStart(BATCH_DIGITS, "0")}`;
}

function isAtLeast(committed: string | undefined, token: string): boolean {
  return committed !== undefined && committed >= token;
}
