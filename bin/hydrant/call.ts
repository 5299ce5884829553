/** One call of Hydrant's own service, or of another that the same endpoint has. */
import { systemClock } from "../../src/clock.ts";
import { hydrantService } from "../../src/operations/hydrant/index.ts";
import type { Connection } from "./connection.ts";
import { signedHeaders } from "./sign.ts";

/** The answer's members; throws with the refusal's name and sentence. */
export async function call(
  connection: Connection,
  operation: string,
  input: object,
  {
    targetPrefix,
    signingName,
  }: Pick<typeof hydrantService, "targetPrefix" | "signingName"> = hydrantService,
): Promise<Readonly<Record<string, unknown>>> {
  const { endpoint } = connection;
  const body = JSON.stringify(input);
  const headers = {
    "content-type": "application/x-amz-json-1.1",
    "x-amz-target": `${targetPrefix}.${operation}`,
  };
  const signed = signedHeaders(connection, signingName, headers, body, systemClock.now());
  const response = await fetch(endpoint, { method: "POST", headers: signed, body }).catch(
    (cause: unknown) => {
      throw new Error(`no answer from ${endpoint.href}: is Hydrant running there?`, { cause });
    },
  );
  const text = await response.text();
  const answer = parse(text);
  if (response.ok && answer !== undefined) return answer;
  const { __type: name, message, Message } = (answer ?? {}) as Readonly<Record<string, string>>;
  throw new Error(
    name === undefined
      ? `${endpoint.href} answered ${response.status}: ${text.slice(0, 500)}`
      : `${name}: ${message ?? Message ?? ""}`,
  );
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}
