/** The two calls of Glue that Hydrant makes: a table as it is now, and a version of it, of which there is that one. */
import { createServer, type Server } from "node:http";
import type { GlueTable, Tables } from "../tables.ts";

interface Answer {
  readonly status: number;
  readonly body: object;
}

/** @param tables as they are when a call comes; what it throws is told to the caller */
export function createGlue(tables: () => Tables): Server {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const target = String(request.headers["x-amz-target"]);
      const { status, body } = answer(target, Buffer.concat(chunks).toString("utf8"), tables);
      response.writeHead(status, { "content-type": "application/x-amz-json-1.1" });
      response.end(JSON.stringify(body));
    });
  });
  // As for Lambda's: an idle connection must not end under a request that is on its way.
  server.keepAliveTimeout = 0;
  return server;
}

function answer(target: string, text: string, tables: () => Tables): Answer {
  if (target !== "AWSGlue.GetTable" && target !== "AWSGlue.GetTableVersion") {
    return refusal("UnknownOperationException", `Not offered offline: ${target}`);
  }
  const input = parse(text);
  if (input === undefined) return refusal("SerializationException", "Expected a JSON object");
  const { DatabaseName, Name, TableName = Name, VersionId } = input;
  let table: GlueTable | undefined;
  try {
    table = tables().get(`${String(DatabaseName)}.${String(TableName)}`);
  } catch (error) {
    return refusal("InternalServiceException", (error as Error).message, 500);
  }
  if (table === undefined) {
    const message = `Table ${String(TableName)} not found in database ${String(DatabaseName)}.`;
    return refusal("EntityNotFoundException", message);
  }
  if (target === "AWSGlue.GetTable") return { status: 200, body: { Table: table } };
  if (VersionId !== undefined && VersionId !== table.VersionId) {
    return refusal("EntityNotFoundException", `Version ${JSON.stringify(VersionId)} not found.`);
  }
  return { status: 200, body: { TableVersion: { Table: table, VersionId: table.VersionId } } };
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const input: unknown = JSON.parse(text);
    return typeof input === "object" && input !== null ? { ...input } : undefined;
  } catch {
    return undefined;
  }
}

function refusal(type: string, message: string, status = 400): Answer {
  return { status, body: { __type: type, Message: message } };
}
