import { systemRandom } from "../../src/random.ts";
import { memorySpool } from "../../src/storage/memory/spool.ts";
import { testSpoolStore } from "./spool-store.ts";
import { describe } from "vitest";
import { createCapacity } from "../../src/storage/memory/capacity.ts";
import { limitedReaders } from "../../src/storage/memory/limited-readers.ts";
import { memoryDeliveryNotes } from "../../src/storage/memory/delivery-notes.ts";
import { memoryDeliveryStreams } from "../../src/storage/memory/delivery-streams.ts";
import { memoryLog } from "../../src/storage/memory/log.ts";
import { memoryMappings } from "../../src/storage/memory/mappings.ts";
import { memoryProofs } from "../../src/storage/memory/proofs.ts";
import { memoryRateAccounts } from "../../src/storage/memory/rate-accounts.ts";
import { memoryReadWindows } from "../../src/storage/memory/read-windows.ts";
import { memoryReaders } from "../../src/storage/memory/readers.ts";
import { memoryRedrives } from "../../src/storage/memory/redrives.ts";
import { memoryReplays } from "../../src/storage/memory/replays.ts";
import { memorySecrets } from "../../src/storage/memory/secrets.ts";
import { memoryStreams } from "../../src/storage/memory/streams.ts";
import { memorySweepNotes } from "../../src/storage/memory/sweep-notes.ts";
import { memorySubscriptions } from "../../src/storage/memory/subscriptions.ts";
import { testDeliveryNotes } from "./delivery-notes.ts";
import { testDeliveryStreamStore } from "./delivery-stream-store.ts";
import { testLogStore } from "./log-store.ts";
import { testMappingStore } from "./mapping-store.ts";
import { testProofStore } from "./proof-store.ts";
import { testRateAccounts } from "./rate-accounts.ts";
import { testReadWindowStore } from "./read-window-store.ts";
import { testReaderStore } from "./reader-store.ts";
import { testRedriveStore } from "./redrive-store.ts";
import { testReplayStore } from "./replay-store.ts";
import { testSecretStore } from "./secret-store.ts";
import { testStreamStore } from "./stream-store.ts";
import { testSweepNotes } from "./sweep-notes.ts";
import { testSubscriptionStore } from "./subscription-store.ts";

describe("the log in memory", () => {
  testLogStore(async () => {
    const log = memoryLog();
    return {
      log,
      async open(shard) {
        log.open(shard);
        return { close: async () => log.seal(shard) };
      },
    };
  });
});

describe("readers in memory", () => {
  testReaderStore(() => memoryReaders());
});

describe("readers in memory within a capacity", () => {
  testReaderStore(() =>
    limitedReaders(memoryReaders(), { capacity: createCapacity({ now: Date.now }) }),
  );
});

describe("delivery streams in memory", () => {
  testDeliveryStreamStore(async () => {
    const log = memoryLog();
    const readers = memoryReaders<unknown>();
    return { log, readers, streams: memoryDeliveryStreams(log, readers) };
  });
});

describe("data streams in memory", () => {
  testStreamStore(async () => {
    const log = memoryLog();
    const readers = memoryReaders<unknown>();
    return { log, readers, streams: memoryStreams(log, readers) };
  });
});

describe("secrets in memory", () => {
  testSecretStore(() => memorySecrets());
});

describe("proofs in memory", () => {
  testProofStore(() => memoryProofs());
});

describe("read windows in memory", () => {
  testReadWindowStore(() => memoryReadWindows());
});

describe("accounts of keys' rates in memory", () => {
  testRateAccounts(() => memoryRateAccounts());
});

describe("subscriptions in memory", () => {
  testSubscriptionStore(() => memorySubscriptions());
});

describe("the sweep's notes in memory", () => {
  testSweepNotes(() => memorySweepNotes());
});

describe("event source mappings in memory", () => {
  testMappingStore(() => memoryMappings());
});

describe("delivery notes in memory", () => {
  testDeliveryNotes(() => memoryDeliveryNotes());
});

describe("what readers keep in memory", () => {
  testSpoolStore(async () => memorySpool(systemRandom));
});

describe("redrives in memory", () => {
  testRedriveStore(() => {
    const log = memoryLog();
    const readers = memoryReaders();
    const notes = memorySweepNotes();
    return { redrives: memoryRedrives(log, readers, notes), log, readers, notes };
  });
});

describe("replays in memory", () => {
  testReplayStore(() => memoryReplays());
});
