/**
 * A flush into Iceberg's tables: exactly once. For each table its files are written first, under names that no other attempt has;
 * what is written is noted with the plan; then one commit brings it in, which carries the flush's id. Whoever carries the flush
 * on commits what is noted, or finds that it is committed.
 *
 * Of a key that a flush changes several times the last change counts, and nothing of an earlier one is left.
 */
import type { DeliveryError } from "../../error-log/delivery-error.ts";
import type { Passing } from "../../stages/outcome.ts";
import type { ReceiverPorts } from "../receivers/ports.ts";
import type {
  FailedDelivery,
  Parcel,
  Receiver,
  ReceiverRun,
  Settlement,
} from "../receivers/port.ts";
import { commit, type CommitOutcome, holdsFlush, type PendingCommit } from "./commit.ts";
import { printTable, type TableName } from "./errors.ts";
import { openCatalog } from "./open-catalog.ts";
import type { IcebergCatalog } from "./ports.ts";
import { RecordSet } from "./record-set.ts";
import { routeOf } from "./route.ts";
import type { IcebergSettings } from "./settings.ts";
import { namedFiles } from "./table-files.ts";
import { type JobContext, type OpenedJob, openJob, type TableJob } from "./table-job.ts";

/** Plain JSON. */
export interface IcebergState {
  /** By their printed names. */
  readonly tables: Readonly<Record<string, TableState>>;
  /** The records that failed, and were told of. */
  readonly failed?: string;
  /** All that is to be written is: nothing is left but to commit it. */
  readonly isWritten?: true;
}

interface TableState extends TableName {
  readonly pending: PendingCommit;
  readonly isCommitted?: true;
}

const NOTHING: IcebergState = { tables: {} };

/** The folder of what failed. */
const ERROR_OUTPUT_TYPE = "iceberg-failed";

export function icebergReceiver(
  settings: IcebergSettings,
  ports: ReceiverPorts,
): Receiver<IcebergState> {
  return {
    errorOutputType: ERROR_OUTPUT_TYPE,
    settle: (parcel, run) => new Flush(settings, ports, parcel, run).settle(),
    givenUp: (parcel, run, error) => new Flush(settings, ports, parcel, run).giveUp(error),
  };
}

class Flush {
  readonly #settings: IcebergSettings;
  readonly #parcel: Parcel;
  readonly #run: ReceiverRun<IcebergState>;
  readonly #catalog: IcebergCatalog;
  readonly #context: JobContext;
  readonly #jobs = new Map<string, OpenedJob>();
  /** Of this run, not told of yet, by the places of their records. */
  readonly #errors = new Map<number, DeliveryError>();
  #failed: RecordSet;
  #state: IcebergState;

  constructor(
    settings: IcebergSettings,
    ports: ReceiverPorts,
    parcel: Parcel,
    run: ReceiverRun<IcebergState>,
  ) {
    this.#settings = settings;
    this.#parcel = parcel;
    this.#run = run;
    this.#state = run.state ?? NOTHING;
    this.#failed = new RecordSet(this.#state.failed);
    const { iceberg } = ports;
    if (iceberg === undefined) throw new Error("nothing here reaches tables");
    const files = namedFiles(iceberg.files, settings.roleArn);
    this.#catalog = openCatalog(settings, { ...ports, iceberg }, { files, run });
    const flushId = run.flush.idOf("iceberg");
    this.#context = { settings, catalog: this.#catalog, files, run, flushId };
  }

  async settle(): Promise<Settlement> {
    if (!this.#state.isWritten) {
      const unwritten = await this.#write();
      if (unwritten !== undefined && unwritten.kind !== "retry") return unwritten;
      const committed = await this.#commitAll();
      // What could be written is in; the rest comes with the next attempt.
      return committed.kind === "settled" ? (unwritten ?? committed) : committed;
    }
    return this.#commitAll();
  }

  /** What is in doubt is looked at once more. */
  async giveUp(error: FailedDelivery): Promise<void> {
    const taken = new Set<string>();
    for (const [key, { database, table, isCommitted }] of Object.entries(this.#state.tables)) {
      const loaded = isCommitted ? undefined : await this.#catalog.load({ database, table });
      const isFound = loaded?.kind === "table" && holdsFlush(loaded.table, this.#context.flushId);
      if (isCommitted || isFound) taken.add(key);
    }
    await this.#eachRecord(async (record, place) => {
      if (this.#failed.has(place)) return;
      const route = routeOf(record, this.#settings);
      if (route.kind === "to" && taken.has(keyOf(route.table))) return;
      this.#run.fail(record, error);
      this.#failed.add(place);
    });
    this.#measure();
  }

  #measure(): void {
    const { recordCount } = this.#parcel;
    const failedCount = this.#failed.size;
    this.#run.measure("DeliveryToIceberg.IncomingRowCount", recordCount);
    this.#run.measure("DeliveryToIceberg.SuccessfulRowCount", recordCount - failedCount);
    this.#run.measure("DeliveryToIceberg.FailedRowCount", failedCount);
  }

  /** @returns why not all of it is written; `undefined`: it is, and noted */
  async #write(): Promise<Settlement | undefined> {
    try {
      if (this.#settings.isRouted && !this.#settings.isAppendOnly) {
        if ((await this.#eachRecord((record, place) => this.#look(record, place))) === "late") {
          return this.#later();
        }
        if (this.#openJobs().some(({ isChanged }) => isChanged)) return this.#later();
      }
      if ((await this.#eachRecord((record, place) => this.#take(record, place))) === "late") {
        return this.#later();
      }
      return await this.#noteWritten();
    } finally {
      for (const job of this.#openJobs()) await job.destroy();
    }
  }

  async #look(record: Passing, place: number): Promise<void> {
    if (this.#failed.has(place)) return;
    const route = routeOf(record, this.#settings);
    if (route.kind === "nowhere" || route.operation === "insert") return;
    const opened = await this.#jobOf(route.table);
    if (opened?.kind !== "job") return;
    const error = await opened.job.look(route.operation, record.data, place);
    if (error !== undefined) this.#note(place, error);
  }

  async #take(record: Passing, place: number): Promise<void> {
    if (this.#failed.has(place)) return;
    const route = routeOf(record, this.#settings);
    if (route.kind === "nowhere") return this.#note(place, route.error);
    const opened = await this.#jobOf(route.table);
    if (opened === undefined || opened.kind === "away") return;
    const error =
      opened.kind === "failed"
        ? opened.error
        : await opened.job.take(route.operation, record.data, place);
    if (error !== undefined) this.#note(place, error);
  }

  #note(place: number, error: DeliveryError): void {
    this.#errors.set(place, error);
    this.#failed.add(place);
  }

  /** `undefined`: what the flush has for it is written. */
  async #jobOf(name: TableName): Promise<OpenedJob | undefined> {
    const key = keyOf(name);
    if (this.#state.tables[key] !== undefined) return undefined;
    let opened = this.#jobs.get(key);
    if (opened === undefined) {
      opened = await openJob(name, this.#context);
      this.#jobs.set(key, opened);
    }
    return opened;
  }

  #openJobs(): readonly TableJob[] {
    return [...this.#jobs.values()].flatMap((opened) => (opened.kind === "job" ? opened.job : []));
  }

  /** What failed is told of together with what is written: either both are noted, or neither is. */
  async #noteWritten(): Promise<Settlement | undefined> {
    const tables: Record<string, TableState> = { ...this.#state.tables };
    let away: DeliveryError | undefined;
    const apart = new Set<string>();
    for (const [key, opened] of this.#jobs) {
      if (opened.kind === "failed") continue;
      const pending = opened.kind === "job" ? await opened.job.finish() : undefined;
      if (opened.kind === "job" && pending !== undefined && opened.job.away === undefined) {
        const isNothing = pending.manifests.length === 0;
        tables[key] = { ...opened.job.name, pending, ...(isNothing && { isCommitted: true }) };
        continue;
      }
      away ??= opened.kind === "away" ? opened.error : (opened as { job: TableJob }).job.away;
      apart.add(key);
    }
    await this.#tell(apart);
    const failed = this.#failed.size === 0 ? undefined : this.#failed.pack();
    this.#state = {
      tables,
      ...(failed !== undefined && { failed }),
      ...(away === undefined && { isWritten: true }),
    };
    if ((await this.#run.save(this.#state)) === "fenced") return { kind: "fenced" };
    return away && { kind: "retry", error: away };
  }

  /** @param apart tables whose records come again, those that failed, too */
  async #tell(apart: ReadonlySet<string>): Promise<void> {
    if (this.#errors.size === 0) return;
    const told = new RecordSet(this.#state.failed);
    await this.#eachRecord(async (record, place) => {
      const error = this.#errors.get(place);
      if (error === undefined) return;
      const route = routeOf(record, this.#settings);
      if (route.kind === "to" && apart.has(keyOf(route.table))) return;
      this.#run.fail(record, error);
      told.add(place);
    });
    this.#failed = told;
  }

  async #commitAll(): Promise<Settlement> {
    const tables: Record<string, TableState> = { ...this.#state.tables };
    let outcome: CommitOutcome = { kind: "committed" };
    let isOutdated = false;
    for (const [key, state] of Object.entries(this.#state.tables)) {
      if (state.isCommitted) continue;
      const { pending, ...name } = state;
      const committed = await commit(name, pending, this.#context);
      if (committed.kind === "committed") tables[key] = { ...state, isCommitted: true };
      else if (committed.kind === "outdated") delete tables[key];
      else outcome = committed;
      isOutdated ||= committed.kind === "outdated";
    }
    if (outcome.kind === "committed" && !isOutdated) {
      if (this.#state.isWritten) this.#measure();
      return { kind: "settled" };
    }
    const { isWritten: _was, ...rest } = this.#state;
    const isStillWritten = this.#state.isWritten && !isOutdated;
    this.#state = { ...rest, tables, ...(isStillWritten && { isWritten: true }) };
    if ((await this.#run.save(this.#state)) === "fenced") return { kind: "fenced" };
    return outcome.kind === "away" ? { kind: "retry", error: outcome.error } : this.#later();
  }

  #later(): Settlement {
    return { kind: "later", atMs: this.#run.clock.now() };
  }

  /** `late`: the time of this run is over before all of them were seen. */
  async #eachRecord(
    see: (record: Passing, place: number) => Promise<void>,
  ): Promise<"seen" | "late"> {
    let place = 0;
    for (let index = 0; index < this.#parcel.pieceCount; index++) {
      if (this.#run.clock.now() >= this.#run.deadlineMs) return "late";
      for (const record of await this.#parcel.piece(index)) await see(record, place++);
    }
    return "seen";
  }
}

/** Names of catalogs are told apart whatever their case, or by it: no two tables that are one must be two here. */
function keyOf(name: TableName): string {
  return printTable(name);
}
