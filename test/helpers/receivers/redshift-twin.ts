/**
 * Redshift behind its Data API, in memory: the statements of one request are one transaction, run when they are asked for, and
 * COPY takes up what a manifest names. It keeps no key, as Redshift does not, and fails as it is told to.
 */
import { gunzipSync } from "node:zlib";
import type {
  ReceiverAnswer,
  ReceiverHttp,
  ReceiverRequest,
} from "../../../src/delivery/destinations/receivers/ports.ts";

/** What becomes of the next request of its kind. */
export type RedshiftFault =
  /** It does not come through. */
  | "cut"
  /** It has its effect, and its answer is lost. */
  | "answer lost"
  | "throttled"
  | "denied"
  | "unavailable"
  | "unreadable"
  /** Of a statement: it is still on its way. */
  | "running"
  /** Of a statement that was carried out: nobody knows it any more. */
  | "forgotten";

interface Statement {
  readonly id: string;
  readonly token: string;
  readonly sqls: readonly string[];
  status: "SUBMITTED" | "FINISHED" | "FAILED" | "ABORTED";
  error?: string;
}

type Row = Readonly<Record<string, unknown>>;

interface Tables {
  readonly rows: ReadonlyMap<string, readonly Row[]>;
}

export class RedshiftTwin implements ReceiverHttp {
  readonly requests: {
    readonly operation: string;
    readonly input: Row;
    readonly request: ReceiverRequest;
  }[] = [];
  /** Of the COPYs that come next, what each fails with. */
  readonly copyFailures: string[] = [];
  readonly #objects: (bucket: string, key: string) => Uint8Array | undefined;
  readonly #statements = new Map<string, Statement>();
  readonly #faults: { readonly of: "submit" | "describe"; readonly fault: RedshiftFault }[] = [];
  #tables: Tables;

  constructor(
    objects: (bucket: string, key: string) => Uint8Array | undefined,
    tables: readonly string[] = ["logs"],
  ) {
    this.#objects = objects;
    this.#tables = { rows: new Map(tables.map((name) => [name, []])) };
  }

  fail(of: "submit" | "describe", ...faults: readonly RedshiftFault[]): void {
    this.#faults.push(...faults.map((fault) => ({ of, fault })));
  }

  rows(table: string): readonly Row[] {
    return this.#tables.rows.get(table) ?? [];
  }

  tables(): readonly string[] {
    return [...this.#tables.rows.keys()];
  }

  /** What was carried out or refused, in the order in which it was handed over. */
  statements(): readonly Statement[] {
    return [...this.#statements.values()];
  }

  abort(): void {
    for (const statement of this.#statements.values()) {
      if (statement.status === "SUBMITTED") statement.status = "ABORTED";
    }
  }

  async send(request: ReceiverRequest): Promise<ReceiverAnswer> {
    const operation = request.headers["x-amz-target"]?.split(".")[1] ?? "";
    const input = JSON.parse(Buffer.from(request.body ?? []).toString()) as Row;
    this.requests.push({ operation, input, request });
    const of = operation === "DescribeStatement" ? "describe" : "submit";
    const place = this.#faults.findIndex((one) => one.of === of);
    const [next] = place < 0 ? [] : this.#faults.splice(place, 1);
    switch (next?.fault) {
      case "cut":
        return away("connect ECONNREFUSED");
      case "throttled":
        return refusal(400, "ThrottlingException", "Rate exceeded");
      case "denied":
        return refusal(400, "AccessDeniedException", "not authorized to perform it");
      case "unavailable":
        return refusal(500, "InternalServerException", "try again");
      case "unreadable":
        return answer(200, "<html>");
      case "answer lost":
        this.#carryOut(of, input);
        return away("socket hang up");
      case "running":
        return answer(200, JSON.stringify({ Id: input["Id"], Status: "STARTED" }));
      case "forgotten":
        this.#carryOut(of, input);
        return refusal(400, "ResourceNotFoundException", "Query does not exist.");
      default:
        return this.#carryOut(of, input);
    }
  }

  #carryOut(of: "submit" | "describe", input: Row): ReceiverAnswer {
    return of === "submit" ? this.#submit(input) : this.#describe(String(input["Id"]));
  }

  #submit(input: Row): ReceiverAnswer {
    const token = String(input["ClientToken"]);
    const sqls = input["Sqls"] as string[];
    const known = [...this.#statements.values()].find((one) => one.token === token);
    if (known !== undefined && JSON.stringify(known.sqls) !== JSON.stringify(sqls)) {
      return refusal(400, "ValidationException", "the token came with other statements");
    }
    const id = known?.id ?? `statement-${this.#statements.size + 1}`;
    if (known === undefined) this.#statements.set(id, { id, token, sqls, status: "SUBMITTED" });
    return answer(200, JSON.stringify({ Id: id }));
  }

  #describe(id: string): ReceiverAnswer {
    const statement = this.#statements.get(id);
    if (statement === undefined) {
      return refusal(400, "ResourceNotFoundException", "Query does not exist.");
    }
    this.#runAll();
    const { status, error } = statement;
    return answer(200, JSON.stringify({ Id: id, Status: status, ...(error && { Error: error }) }));
  }

  /** Also those that nobody asks for. */
  #runAll(): void {
    for (const statement of this.#statements.values()) {
      if (statement.status === "SUBMITTED") this.#run(statement);
    }
  }

  #run(statement: Statement): void {
    const before = this.#tables;
    try {
      for (const sql of statement.sqls) this.#execute(sql);
      statement.status = "FINISHED";
    } catch (error) {
      this.#tables = before;
      statement.status = "FAILED";
      statement.error = (error as Error).message;
    }
  }

  #execute(sql: string): void {
    const created = /^CREATE TABLE IF NOT EXISTS "(.*?)" \(/.exec(sql);
    if (created) return this.#put(created[1]!, this.#tables.rows.get(created[1]!) ?? []);
    const locked = /^LOCK TABLE "(.*)"$/.exec(sql);
    if (locked) return void this.#table(locked[1]!);
    const looked = /^SELECT 1 \/ .* FROM "(.*)" WHERE flush = '(.*)'$/.exec(sql);
    if (looked) {
      const isThere = this.#table(looked[1]!).some(({ flush }) => flush === looked[2]);
      if (isThere) throw new Error("ERROR: Divide by zero");
      return;
    }
    const noted = /^INSERT INTO "(.*)" \(flush, copied_at\) VALUES \('(.*)', '(.*)'\)$/.exec(sql);
    if (noted) {
      const [, table = "", flush, copied_at] = noted;
      return this.#put(table, [...this.#table(table), { flush, copied_at }]);
    }
    const copied = /^COPY (\S+)(?: \(.*?\))? FROM 's3:\/\/([^/]*)\/(.*?)' (.*)$/.exec(sql);
    if (copied === null) throw new Error(`ERROR: syntax error at or near "${sql.slice(0, 9)}"`);
    const failure = this.copyFailures.shift();
    if (failure !== undefined) throw new Error(failure);
    const [, table = "", bucket = "", key = "", options = ""] = copied;
    const { entries } = JSON.parse(this.#object(bucket, key).toString()) as {
      entries: { url: string }[];
    };
    const lines = entries.flatMap(({ url }) => {
      const [, from = "", name = ""] = /^s3:\/\/([^/]*)\/(.*)$/.exec(url) ?? [];
      const body = this.#object(from, name);
      return (options.includes("GZIP") ? gunzipSync(body) : body).toString().split("\n");
    });
    const rows = lines.filter(Boolean).map((line) => ({ line }));
    this.#put(table, [...this.#table(table), ...rows]);
  }

  #object(bucket: string, key: string): Buffer {
    const body = this.#objects(bucket, key);
    if (body === undefined) {
      throw new Error("ERROR: S3ServiceException:The specified key does not exist.,Status 404");
    }
    return Buffer.from(body);
  }

  #table(name: string): readonly Row[] {
    const rows = this.#tables.rows.get(name);
    if (rows === undefined) throw new Error(`ERROR: relation "${name}" does not exist`);
    return rows;
  }

  #put(name: string, rows: readonly Row[]): void {
    this.#tables = { rows: new Map([...this.#tables.rows, [name, rows]]) };
  }
}

function answer(status: number, text: string): ReceiverAnswer {
  return { kind: "answer", status, headers: {}, body: Buffer.from(text) };
}

function refusal(status: number, name: string, message: string): ReceiverAnswer {
  return answer(status, JSON.stringify({ __type: `com.amazonaws#${name}`, message }));
}

function away(detail: string): ReceiverAnswer {
  return { kind: "none", reason: "connection", detail };
}
