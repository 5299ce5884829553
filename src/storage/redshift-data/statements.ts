/**
 * Statements of Redshift by its Data API, which needs no connection: one transaction for each request, known by a token.
 * https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_BatchExecuteStatement.html
 */
import type { ReceiverHttp } from "../../delivery/destinations/receivers/ports.ts";
import type {
  StatementPlace,
  StatementResult,
  StatementRunner,
} from "../../delivery/destinations/redshift/ports.ts";
import { awsJson } from "../http/aws-json.ts";

export interface StatementsOptions {
  readonly http: ReceiverHttp;
  /** Of an emulator; absent: AWS's own. */
  readonly endpoint?: string | undefined;
}

export function redshiftStatements({ http, endpoint }: StatementsOptions): StatementRunner {
  const call = awsJson(http, {
    service: "redshift-data",
    targetPrefix: "RedshiftData",
    hostPrefix: "redshift-data",
    endpoint,
  });
  return {
    async submit({ statements, token, ...place }) {
      const input = { ...placeMembers(place), Sqls: statements, ClientToken: token };
      const answer = await call({ operation: "BatchExecuteStatement", input, ...callerOf(place) });
      if (answer.kind !== "done") return answer;
      const { Id: id } = answer.output;
      return typeof id === "string"
        ? { kind: "submitted", id }
        : { kind: "none", detail: "BatchExecuteStatement answered no id" };
    },
    async describe(id, place) {
      const answer = await call({
        operation: "DescribeStatement",
        input: { Id: id },
        ...callerOf(place),
      });
      if (answer.kind === "refused" && answer.name === "ResourceNotFoundException") {
        return { kind: "unknown" };
      }
      if (answer.kind !== "done") return answer;
      const { Status: status, Error: reason = "" } = answer.output;
      return resultOf(String(status), String(reason));
    },
  };
}

function callerOf({ warehouse, roleArn }: StatementPlace) {
  return { region: warehouse.region, roleArn };
}

function placeMembers({ warehouse, database, user, secretArn }: StatementPlace): object {
  return {
    Database: database,
    ...(warehouse.kind === "cluster"
      ? { ClusterIdentifier: warehouse.name }
      : { WorkgroupName: warehouse.name }),
    ...(secretArn !== undefined && { SecretArn: secretArn }),
    ...(secretArn === undefined && user !== undefined && { DbUser: user }),
  };
}

function resultOf(status: string, reason: string): StatementResult {
  switch (status) {
    case "FINISHED":
      return { kind: "finished" };
    case "FAILED":
    case "ABORTED":
      return { kind: "failed", reason: reason || status };
    case "SUBMITTED":
    case "PICKED":
    case "STARTED":
      return { kind: "running" };
    default:
      return { kind: "none", detail: `A statement is ${status}` };
  }
}
