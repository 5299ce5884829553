/**
 * The calls that a producer waits for, made with what the SDK's client has (its endpoint, credentials and connections)
 * and past its middleware. Three promises of its own:
 *
 * - One try, and soon over. Only a connection that turns out to be dead is replaced and the call sent once more; not a
 *   put, of whose tries its caller must know: one that was cut off may have been applied.
 * - It is signed once, with the time that the caller names or the process's clock has. Nothing corrects that time and
 *   nothing signs anew, so DynamoDB refuses what comes long after the moment that it was signed for.
 * - It costs a third of the CPU time of the same call through the middleware: docs/performance.md.
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
  UpdateItemCommand,
  type UpdateItemCommandInput,
  type UpdateItemCommandOutput,
} from "@aws-sdk/client-dynamodb";
import { type Clock, systemClock } from "../../clock.ts";
import { PROMPT_CALL_TIMEOUT_MS } from "../../limits.ts";
import { evenIfCut } from "../cut-connection.ts";
import { requestSigner } from "../sign-request.ts";
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

/** The same through the client, with its repeats and signed by its clock: for who has the time. */
export function patientCalls(client: DynamoDBClient): ItemCalls {
  return {
    getItem: (input) => client.send(new GetItemCommand(input)),
    putItem: (input) => client.send(new PutItemCommand(input)),
    updateItem: (input) => client.send(new UpdateItemCommand(input)),
  };
}

/** @param client must end requests that take too long: `throwOnRequestTimeout` */
export function promptCalls(
  client: DynamoDBClient,
  clock: Pick<Clock, "now"> = systemClock,
): ItemCalls {
  const sign = requestSigner("dynamodb");
  let place: Promise<Place> | undefined;

  async function call(
    operation: string,
    input: object,
    { signedAtMs }: CallOptions = {},
    attempt: <T>(once: () => Promise<T>) => Promise<T> = evenIfCut,
  ) {
    const atMs = signedAtMs ?? clock.now();
    place ??= placeOf(client);
    const { hostname, port, protocol, path, region } = await place.catch((error: unknown) => {
      place = undefined;
      throw error;
    });
    const body = JSON.stringify(input);
    const request = {
      method: "POST",
      protocol,
      hostname,
      ...(port !== undefined && { port }),
      path,
      query: {},
      body,
      headers: sign({
        credentials: await client.config.credentials(),
        region,
        atMs,
        path,
        headers: {
          "content-type": "application/x-amz-json-1.0",
          host: port === undefined ? hostname : `${hostname}:${port}`,
          "x-amz-target": `DynamoDB_20120810.${operation}`,
        },
        body,
      }),
    };
    const { statusCode, headers, text } = await attempt(() => send(client, request));
    const $metadata = {
      httpStatusCode: statusCode,
      ...(headers["x-amzn-requestid"] && { requestId: headers["x-amzn-requestid"] }),
      attempts: 1,
    };
    if (statusCode !== 200) throw toError(statusCode, text, $metadata);
    return { ...(JSON.parse(text) as object), $metadata };
  }

  return {
    async getItem(input, options) {
      const { Item, ...rest } = (await call("GetItem", input, options)) as GetItemCommandOutput;
      return { ...rest, ...(Item && { Item: fromWire(Item) }) };
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

interface Place {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly region: string;
}

/** Where the SDK would send a call, with all that decides it: region, environment, account. Nothing is sent. */
async function placeOf(client: DynamoDBClient): Promise<Place> {
  const probe = new GetItemCommand({ TableName: "-", Key: {} });
  let endpoint: { readonly url: URL } | undefined;
  probe.middlewareStack.add(
    (_next, context) => () => {
      endpoint = context.endpointV2;
      return Promise.resolve({ response: undefined, output: { $metadata: {} } });
    },
    { step: "build", priority: "high" },
  );
  await client.send(probe);
  if (endpoint === undefined) throw new Error("the SDK names no endpoint for DynamoDB");
  const { protocol, hostname, port, pathname: path } = endpoint.url;
  const region = await client.config.region();
  return { protocol, hostname, ...(port && { port: Number(port) }), path, region };
}

async function send(client: DynamoDBClient, request: object) {
  const options = { requestTimeout: PROMPT_CALL_TIMEOUT_MS };
  const { response } = await client.config.requestHandler.handle(request as never, options);
  const chunks: Buffer[] = [];
  for await (const chunk of response.body as AsyncIterable<Buffer>) chunks.push(chunk);
  const text = (chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString();
  return { statusCode: response.statusCode, headers: response.headers, text };
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
