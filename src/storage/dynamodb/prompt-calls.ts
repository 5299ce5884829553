/**
 * The calls that a producer waits for, as `prompt-request.ts` makes them. Two promises of their own:
 *
 * - One try, and soon over. Only a connection that turns out to be dead is replaced and the call sent once more; not a
 *   put, of whose tries its caller must know: one that was cut off may have been applied.
 * - It is signed with the time that the caller names or the process's clock has, so DynamoDB refuses what comes long
 *   after the moment that it was signed for.
 */
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  DynamoDBServiceException,
  GetItemCommand,
  type GetItemCommandInput,
  type GetItemCommandOutput,
  PutItemCommand,
  type PutItemCommandInput,
  type PutItemCommandOutput,
  QueryCommand,
  type QueryCommandInput,
  type QueryCommandOutput,
  UpdateItemCommand,
  type UpdateItemCommandInput,
  type UpdateItemCommandOutput,
} from "@aws-sdk/client-dynamodb";
import { type Clock, systemClock } from "../../clock.ts";
import { PROMPT_CALL_TIMEOUT_MS } from "../../limits.ts";
import { evenIfCut } from "../cut-connection.ts";
import { promptRequests } from "../prompt-request.ts";
import type { Item } from "./keys.ts";

export interface CallOptions {
  /** The time in the signature; absent: now. */
  readonly signedAtMs?: number;
}

/** What fails, fails with the SDK's own errors. */
export interface ItemCalls {
  getItem(input: GetItemCommandInput, options?: CallOptions): Promise<GetItemCommandOutput>;
  putItem(input: PutItemCommandInput, options?: CallOptions): Promise<PutItemCommandOutput>;
  updateItem(
    input: UpdateItemCommandInput,
    options?: CallOptions,
  ): Promise<UpdateItemCommandOutput>;
}

export interface ItemReads extends Pick<ItemCalls, "getItem"> {
  query(input: QueryCommandInput): Promise<QueryCommandOutput>;
}

/** The same through the client, with its repeats and signed by its clock: for who has the time. */
export function patientCalls(client: DynamoDBClient): ItemCalls & ItemReads {
  return {
    query: (input) => client.send(new QueryCommand(input)),
    getItem: (input) => client.send(new GetItemCommand(input)),
    putItem: (input) => client.send(new PutItemCommand(input)),
    updateItem: (input) => client.send(new UpdateItemCommand(input)),
  };
}

export function promptCalls(
  client: DynamoDBClient,
  clock: Pick<Clock, "now"> = systemClock,
  timeoutMs = PROMPT_CALL_TIMEOUT_MS,
): ItemCalls & ItemReads {
  const request = promptRequests(
    "dynamodb",
    client,
    () => new GetItemCommand({ TableName: "-", Key: {} }),
  );

  async function call(
    operation: string,
    input: object,
    { signedAtMs = clock.now() }: CallOptions = {},
    attempt: <T>(once: () => Promise<T>) => Promise<T> = evenIfCut,
  ) {
    const body = JSON.stringify(input);
    const headers = {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": `DynamoDB_20120810.${operation}`,
    };
    const {
      statusCode,
      headers: answered,
      body: answer,
    } = await attempt(() =>
      request({ method: "POST", path: "/", headers, body, signedAtMs, timeoutMs }),
    );
    const requestId = answered["x-amzn-requestid"];
    const $metadata = {
      httpStatusCode: statusCode,
      ...(typeof requestId === "string" && { requestId }),
      attempts: 1,
    };
    const text = answer.toString();
    if (statusCode !== 200) throw toError(statusCode, text, $metadata);
    return { ...(JSON.parse(text) as object), $metadata };
  }

  return {
    async getItem(input, options) {
      const { Item, ...rest } = (await call("GetItem", input, options)) as GetItemCommandOutput;
      return { ...rest, ...(Item && { Item: fromWire(Item) }) };
    },
    async query({ ExpressionAttributeValues: values, ExclusiveStartKey: after, ...input }) {
      const sent = {
        ...input,
        ...(values && { ExpressionAttributeValues: toWire(values) }),
        ...(after && { ExclusiveStartKey: toWire(after) }),
      };
      const answer = (await call("Query", sent)) as QueryCommandOutput;
      const { Items, LastEvaluatedKey: last, ...rest } = answer;
      return {
        ...rest,
        ...(Items && { Items: Items.map(fromWire) }),
        ...(last && { LastEvaluatedKey: fromWire(last) }),
      };
    },
    async putItem({ Item, ExpressionAttributeValues: values, ...input }, options) {
      const sent = {
        ...input,
        Item: Item && toWire(Item),
        ...(values && { ExpressionAttributeValues: toWire(values) }),
      };
      return call("PutItem", sent, options, (once) => once());
    },
    async updateItem({ ExpressionAttributeValues: values, ...input }, options) {
      const sent = { ...input, ...(values && { ExpressionAttributeValues: toWire(values) }) };
      const answer = (await call("UpdateItem", sent, options)) as UpdateItemCommandOutput;
      const { Attributes, ...rest } = answer;
      return { ...rest, ...(Attributes && { Attributes: fromWire(Attributes) }) };
    },
  };
}

/** AWS JSON 1.0: `{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"…"}` */
function toError(
  statusCode: number,
  text: string,
  $metadata: { readonly httpStatusCode: number },
): DynamoDBServiceException {
  const { __type: type, message, Message, Item, ...members } = parsedObject(text);
  const sentence = message ?? Message;
  const name = (typeof type === "string" ? type.split("#").at(-1) : undefined) ?? "UnknownError";
  const said = typeof sentence === "string" ? sentence : name;
  if (name === "ConditionalCheckFailedException") {
    return new ConditionalCheckFailedException({
      message: said,
      $metadata,
      ...(Item !== undefined && { Item: fromWire(Item as Item) }),
    });
  }
  const $fault = statusCode < 500 ? "client" : "server";
  return Object.assign(
    new DynamoDBServiceException({ name, message: said, $fault, $metadata }),
    members,
  );
}

/** What a proxy answers need not be JSON. */
function parsedObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null ? { ...parsed } : {};
  } catch {
    return {};
  }
}

/** Of all that an item may hold, only bytes look different in JSON. */
function toWire(item: Readonly<Record<string, AttributeValue>>): object {
  return mapValues(item, (bytes) =>
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64"),
  );
}

function fromWire(item: Item): Item {
  return mapValues(item, (text) => Buffer.from(text as unknown as string, "base64")) as Item;
}

function mapValues(
  item: Readonly<Record<string, AttributeValue>>,
  convert: (bytes: Uint8Array) => unknown,
): Record<string, unknown> {
  const mapped: Record<string, unknown> = {};
  for (const name in item) mapped[name] = mapValue(item[name]!, convert);
  return mapped;
}

function mapValue(value: AttributeValue, convert: (bytes: Uint8Array) => unknown): unknown {
  if (value.S !== undefined || value.N !== undefined) return value;
  if (value.B !== undefined) return { B: convert(value.B) };
  if (value.BS !== undefined) return { BS: value.BS.map(convert) };
  if (value.L !== undefined) return { L: value.L.map((member) => mapValue(member, convert)) };
  if (value.M !== undefined) return { M: mapValues(value.M, convert) };
  return value;
}
