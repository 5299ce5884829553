/**
 * The parts of fauxqs that its package entry keeps to itself: stores and their SQLite persistence, needed to
 * listen on the loopback only, to keep data, and to mend what differs from AWS. The package is pinned exactly.
 */
import { registerHooks } from "node:module";
import type { DatabaseSync } from "node:sqlite";
import type { buildApp as BuildApp } from "fauxqs";
import { ACCOUNT_ID } from "../aws-json.ts";

export interface SqsStore {
  host: string;
  persistence: Persistence | undefined;
  allQueues(): Iterable<{ persistence: Persistence | undefined }>;
}

export interface Persistence {
  readonly db: DatabaseSync;
  updateMessageReady: (messageId: string) => void;
  loadSqsAndSns(sqs: SqsStore, sns: object): void;
  close(): void;
}

const internals = new URL(".", import.meta.resolve("fauxqs"));

/** The account in its ARNs and queue URLs is written into the package; another is put in its place as it is loaded. */
const PACKAGED_ACCOUNT = "000000000000";
if (ACCOUNT_ID !== PACKAGED_ACCOUNT) {
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context);
      if (!url.startsWith(internals.href)) return loaded;
      const source = Buffer.from(loaded.source as Uint8Array).toString();
      return { ...loaded, source: source.replaceAll(PACKAGED_ACCOUNT, ACCOUNT_ID) };
    },
  });
}

const load = async <T>(file: string): Promise<T> =>
  (await import(new URL(file, internals).href)) as T;

const { buildApp } = await load<{ buildApp: typeof BuildApp }>("app.js");
const sqs = await load<{
  SqsStore: new () => SqsStore;
  SqsQueue: { readonly prototype: QueueTimers };
}>("sqs/sqsStore.js");
const sns = await load<{ SnsStore: new () => object }>("sns/snsStore.js");
const persistence = await load<{ PersistenceManager: new (directory: string) => Persistence }>(
  "persistence.js",
);

interface QueueTimers {
  pollTimer: NodeJS.Timeout | undefined;
  processTimers(): void;
  startPollTimerIfNeeded(): void;
}

/**
 * The package looks fifty times a second whether a message's delay is over, for each queue that somebody waits at: a
 * percent of a core, all day. A tenth of a second is as good.
 */
const DELAY_GRAIN_MS = 100;
sqs.SqsQueue.prototype.startPollTimerIfNeeded = function lookForDelays(this: QueueTimers) {
  this.pollTimer ??= setInterval(() => this.processTimers(), DELAY_GRAIN_MS);
};

export const newSqsStore = (): SqsStore => new sqs.SqsStore();
export const newSnsStore = (): object => new sns.SnsStore();

/**
 * Write-through to SQLite. Its write-ahead log survives the end of any process without a disk flush per commit;
 * a power cut may lose the last moments, which a laptop's data may.
 */
export function openPersistence(directory: string): Persistence {
  const opened = new persistence.PersistenceManager(directory);
  opened.db.exec("PRAGMA synchronous = NORMAL");
  return opened;
}

export function appFor(stores: { readonly sqs?: SqsStore; readonly sns?: object }) {
  return buildApp({
    logger: false,
    defaultRegion: "us-east-1",
    // The declared types name the classes that the package does not export.
    stores: {
      sqsStore: stores.sqs ?? newSqsStore(),
      snsStore: stores.sns ?? newSnsStore(),
    } as never,
  });
}
