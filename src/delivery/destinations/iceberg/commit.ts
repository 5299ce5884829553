/**
 * One commit for a table and a flush. It carries the flush's id, so that whoever comes to it again finds it, its answer having been
 * lost or not; and it holds only while the table stands as it was looked at, so that of two runs one at most gets through.
 */
import { ICEBERG_COMMITS_MAX_COUNT, ICEBERG_COMMIT_PAUSE_MAX_MS } from "../../../limits.ts";
import { randomHex } from "../../../random.ts";
import type { DeliveryError } from "../../error-log/delivery-error.ts";
import type { SettleRun } from "../receivers/port.ts";
import type { AvroRecord } from "./avro.ts";
import { committing, noSuchTable, type TableName } from "./errors.ts";
import { readManifestList, writeManifestList } from "./manifest.ts";
import { setMain, type Snapshot, specCount, type Table, type TableUpdate } from "./metadata.ts";
import type { IcebergCatalog, LoadedTable } from "./ports.ts";
import { fileError, metadataFolder, type NamedFiles } from "./table-files.ts";
import type { TableFilesWritten } from "./table-writer.ts";

/** In a snapshot's summary. */
const FLUSH_ID = "hydrant.flush-id";

/** What a flush has written for a table and brings in, noted with its plan before it is. Plain JSON. */
export interface PendingCommit extends TableFilesWritten {
  readonly uuid: string;
  /** How many partition specs the table had: deletions count for those alone. */
  readonly specCount: number;
  readonly schemaId: number;
  readonly snapshotId: string;
}

export type CommitOutcome =
  | { readonly kind: "committed" }
  /** The table is another one by now, or is partitioned otherwise: what is written does not fit it. */
  | { readonly kind: "outdated" }
  | { readonly kind: "away"; readonly error: DeliveryError }
  | { readonly kind: "late" };

export interface Committing {
  readonly catalog: IcebergCatalog;
  readonly files: NamedFiles;
  readonly run: SettleRun;
  readonly flushId: string;
}

export async function commit(
  name: TableName,
  pending: PendingCommit,
  context: Committing,
): Promise<CommitOutcome> {
  const { catalog, files, run, flushId } = context;
  for (let count = 0; count < ICEBERG_COMMITS_MAX_COUNT; count++) {
    const loaded = await catalog.load(name);
    if (loaded.kind === "away") return loaded;
    if (loaded.kind === "missing") return { kind: "away", error: noSuchTable(name) };
    if (loaded.kind === "unsupported") {
      return { kind: "away", error: committing(name, loaded.detail) };
    }
    const { table } = loaded;
    if (holdsFlush(table, flushId)) return { kind: "committed" };
    if (isOutdated(table, pending)) return { kind: "outdated" };
    // After it nothing is begun, not even a look at what became of the commit before.
    if (run.clock.now() >= run.deadlineMs) return { kind: "late" };
    let updates: readonly TableUpdate[];
    try {
      updates = await snapshotUpdates(table, pending, { files, run, flushId, count });
    } catch (error) {
      return { kind: "away", error: fileError(error) };
    }
    const result = await catalog.commit(name, loaded, updates);
    if (result.kind !== "conflict") return result;
    await run.clock.sleep(run.random.fraction() * ICEBERG_COMMIT_PAUSE_MAX_MS);
  }
  return { kind: "away", error: committing(name, "others change it all the time") };
}

/** Also where the main branch has been set back since: it was there once. */
export function holdsFlush({ snapshots }: Table, flushId: string): boolean {
  return snapshots.some(({ summary }) => summary[FLUSH_ID] === flushId);
}

function isOutdated(table: Table, pending: PendingCommit): boolean {
  if (table.uuid !== pending.uuid) return true;
  return pending.deletionCount > 0 && specCount(table) !== pending.specCount;
}

interface SnapshotMaking extends Pick<Committing, "files" | "run" | "flushId"> {
  /** Of tries in this run. */
  readonly count: number;
}

async function snapshotUpdates(
  table: Table,
  pending: PendingCommit,
  { files, run, flushId, count }: SnapshotMaking,
): Promise<readonly TableUpdate[]> {
  const { current } = table;
  const id = BigInt(pending.snapshotId);
  const sequenceNumber = table.lastSequenceNumber + 1n;
  const standing = await manifestsOf(current, files);
  const list = writeManifestList(pending.manifests, standing, {
    id,
    parentId: current?.id,
    sequenceNumber,
  });
  const token = randomHex(run.random, 8);
  const location = `${metadataFolder(table)}/snap-${id}-${count + 1}-${token}.avro`;
  await files.put(location, list);
  const latestMs = Math.max(0, ...table.snapshots.slice(-1).map(({ atMs }) => atMs));
  return [
    {
      action: "add-snapshot",
      snapshot: {
        "snapshot-id": id,
        ...(current && { "parent-snapshot-id": current.id }),
        "sequence-number": sequenceNumber,
        // No snapshot is older than the one before it.
        "timestamp-ms": Math.max(run.clock.now(), latestMs),
        "manifest-list": location,
        summary: summaryOf(pending, current, flushId),
        "schema-id": pending.schemaId,
      },
    },
    setMain(id),
  ];
}

async function manifestsOf(
  current: Snapshot | undefined,
  files: NamedFiles,
): Promise<readonly AvroRecord[]> {
  if (current === undefined) return [];
  const { manifestList } = current;
  if (manifestList === undefined) throw new Error("the table's snapshot has no manifest list");
  const bytes = await files.get(manifestList);
  if (bytes === undefined) throw new Error(`the manifest list ${manifestList} is missing`);
  return readManifestList(bytes);
}

function summaryOf(
  { recordCount, deletionCount, dataFileCount, deleteFileCount, byteCount }: PendingCommit,
  current: Snapshot | undefined,
  flushId: string,
): Readonly<Record<string, string>> {
  const operation = deletionCount === 0 ? "append" : dataFileCount === 0 ? "delete" : "overwrite";
  const added: Readonly<Record<string, number>> = {
    "data-files": dataFileCount,
    "delete-files": deleteFileCount,
    records: recordCount,
    "equality-deletes": deletionCount,
    "files-size": byteCount,
    "position-deletes": 0,
  };
  const summary: Record<string, string> = { operation, [FLUSH_ID]: flushId };
  for (const [what, count] of Object.entries(added)) {
    if (count > 0) summary[`added-${what}`] = String(count);
    const before = current === undefined ? "0" : current.summary[`total-${what}`];
    // What nobody has counted before is not known now.
    if (before !== undefined && /^\d{1,18}$/.test(before)) {
      summary[`total-${what}`] = String(BigInt(before) + BigInt(count));
    }
  }
  return summary;
}

/** Nobody has it, and it is positive, as 63 bits of chance are. */
export function newSnapshotId(run: Pick<SettleRun, "random">, { snapshots }: Table): bigint {
  for (;;) {
    const id = BigInt.asUintN(63, BigInt(`0x${randomHex(run.random, 8)}`));
    if (id > 0n && !snapshots.some((snapshot) => snapshot.id === id)) return id;
  }
}

export function pendingOf(
  { table }: LoadedTable,
  schemaId: number,
  snapshotId: bigint,
  written: TableFilesWritten,
): PendingCommit {
  const { uuid } = table;
  return {
    ...written,
    uuid,
    schemaId,
    specCount: specCount(table),
    snapshotId: String(snapshotId),
  };
}
