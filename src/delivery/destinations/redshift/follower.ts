/**
 * Copies a flush's objects into a table, and notes the flush in the same transaction: however often it is done, and whatever
 * answer was lost, its records are in the table once. A statement is known by a token that follows from the flush and the
 * attempt: handed over again, it is the same statement. Where it stands is asked for; nobody waits for a long COPY.
 */
import {
  REDSHIFT_BUSY_RETRY_MS,
  REDSHIFT_POLL_MS,
  REDSHIFT_POLLED_AT_ONCE_MS,
  REDSHIFT_RETRY_EVERY_MS,
} from "../../../limits.ts";
import type { DeliveryError } from "../../error-log/delivery-error.ts";
import type { ObjectFollower, ReceiverRun, Settlement, StandingObject } from "../receivers/port.ts";
import { copyStatements, createStatements, isCopied, lacksPositions } from "./copy.ts";
import { errorOfReason, errorOfRefusal, isBusy } from "./errors.ts";
import { manifestOf } from "./manifest.ts";
import type { RedshiftPorts, StatementPlace, StatementRefusal, StatementResult } from "./ports.ts";
import type { RedshiftSettings } from "./settings.ts";

/** Plain JSON. */
export interface CopyState {
  /** `table`: the table of positions is made first. */
  readonly step: "copy" | "table";
  /** Of statements that were handed over and have failed. */
  readonly attempt: number;
  readonly beganAtMs: number;
  /** Absent: it is not known to have been handed over. */
  readonly statementId?: string;
}

type Run = Omit<ReceiverRun<CopyState>, "fail">;

export function redshiftFollower(
  settings: RedshiftSettings,
  ports: RedshiftPorts,
): ObjectFollower<CopyState> {
  return {
    retryEveryMs: REDSHIFT_RETRY_EVERY_MS,
    settle: (objects, run) => new CopyRun(settings, ports, objects, run).settle(),
    async givenUp(objects, { flush }) {
      const { target, body } = manifestOf("errors/manifests", settings, flush, objects);
      await ports.objects.putIfAbsent(target, body);
    },
  };
}

class CopyRun {
  readonly #settings: RedshiftSettings;
  readonly #ports: RedshiftPorts;
  readonly #objects: readonly StandingObject[];
  readonly #run: Run;
  readonly #place: StatementPlace;
  #state: CopyState;

  constructor(
    settings: RedshiftSettings,
    ports: RedshiftPorts,
    objects: readonly StandingObject[],
    run: Run,
  ) {
    const { warehouse, database, user, secret, roleArn } = settings;
    this.#settings = settings;
    this.#ports = ports;
    this.#objects = objects;
    this.#run = run;
    this.#place = {
      warehouse,
      database,
      user,
      secretArn: secret?.arn,
      roleArn: secret?.roleArn ?? roleArn,
    };
    this.#state = run.state ?? { step: "copy", attempt: 0, beganAtMs: run.clock.now() };
  }

  async settle(): Promise<Settlement> {
    for (;;) {
      if (this.#state.statementId === undefined) {
        const end = await this.#submit();
        if (end !== undefined) return end;
      }
      const end = await this.#ask(this.#state.statementId!);
      if (end !== undefined) return end;
    }
  }

  async #submit(): Promise<Settlement | undefined> {
    const { step, attempt } = this.#state;
    const { flush } = this.#run;
    const submitted = await this.#ports.statements.submit({
      ...this.#place,
      statements: step === "copy" ? await this.#copy() : createStatements(flush.stream.name),
      token: flush.idOf("redshift", step, attempt),
    });
    if (submitted.kind !== "submitted") return this.#refused(submitted);
    return this.#save({ ...this.#state, statementId: submitted.id });
  }

  async #copy(): Promise<readonly string[]> {
    const { flush } = this.#run;
    const { target, url, body } = manifestOf("manifests", this.#settings, flush, this.#objects);
    await this.#ports.objects.putIfAbsent(target, body);
    return copyStatements(this.#settings, {
      id: flush.idOf("copy"),
      streamName: flush.stream.name,
      manifestUrl: url,
      // The same token must come with the same statements.
      atMs: flush.span.oldestArrivedAtMs ?? flush.stream.createdAtMs,
    });
  }

  /** `undefined`: there is a next statement. */
  async #ask(id: string): Promise<Settlement | undefined> {
    const result = await this.#outcomeOf(id);
    switch (result.kind) {
      case "running":
        return { kind: "later", atMs: this.#run.clock.now() + REDSHIFT_POLL_MS };
      case "finished":
        return this.#state.step === "copy" ? { kind: "settled" } : this.#next("copy");
      case "unknown":
        // It may have been carried out: then the next one finds the flush noted.
        return this.#next(this.#state.step);
      case "failed":
        return this.#failed(id, result.reason);
      default:
        return this.#refused(result);
    }
  }

  /** Short ones are waited for. */
  async #outcomeOf(id: string): Promise<StatementResult> {
    const { clock, deadlineMs } = this.#run;
    const untilMs = Math.min(clock.now() + REDSHIFT_POLLED_AT_ONCE_MS, deadlineMs);
    for (let waitMs = 100; ; waitMs *= 2) {
      const result = await this.#ports.statements.describe(id, this.#place);
      if (result.kind !== "running" || clock.now() + waitMs > untilMs) return result;
      await clock.sleep(waitMs);
    }
  }

  async #failed(id: string, reason: string): Promise<Settlement | undefined> {
    const { step } = this.#state;
    if (step === "copy" && isCopied(reason)) return { kind: "settled" };
    if (step === "copy" && lacksPositions(reason, this.#run.flush.stream.name)) {
      return this.#next("table");
    }
    const fenced = await this.#next(step);
    return fenced ?? this.#again(errorOfReason(reason, id));
  }

  #refused(refusal: StatementRefusal): Settlement {
    const error = errorOfRefusal(refusal);
    return this.#again(error, isBusy(refusal) ? REDSHIFT_BUSY_RETRY_MS : undefined);
  }

  /** As with AWS, where the first attempt has outlasted the retry duration there is no other. */
  #again(error: DeliveryError, everyMs?: number): Settlement {
    const outlastedMs = this.#run.clock.now() - this.#state.beganAtMs;
    if (outlastedMs >= this.#settings.retrySeconds * 1000) return { kind: "failed", error };
    return { kind: "retry", error, ...(everyMs !== undefined && { everyMs }) };
  }

  async #next(step: CopyState["step"]): Promise<Settlement | undefined> {
    const { attempt, beganAtMs } = this.#state;
    return this.#save({ step, attempt: attempt + 1, beganAtMs });
  }

  async #save(state: CopyState): Promise<Settlement | undefined> {
    this.#state = state;
    return (await this.#run.save(state)) === "fenced" ? { kind: "fenced" } : undefined;
  }
}
