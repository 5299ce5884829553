/**
 * What an HTTP endpoint is sent: the records in base64, the request's id in a header and in the body. In every attempt the same,
 * but for the time at which it was made.
 * https://docs.aws.amazon.com/firehose/latest/dev/httpdeliveryrequestresponse.html#requestformat
 */
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { HTTP_ENDPOINT_ANSWER_MAX_BYTES, HTTP_ENDPOINT_TIMEOUT_MS } from "../../../limits.ts";
import type { ReceiverRequest } from "../receivers/ports.ts";
import type { CommonAttribute, HttpEndpointSettings } from "./settings.ts";

const compress = promisify(gzip);

export interface EndpointRequest {
  readonly requestId: string;
  readonly atMs: number;
  readonly deliveryStreamArn: string;
  /** Absent: there is none. */
  readonly accessKey: string | undefined;
  readonly records: readonly { readonly data: Uint8Array }[];
}

export async function endpointRequest(
  settings: HttpEndpointSettings,
  request: EndpointRequest,
): Promise<ReceiverRequest> {
  const isPacked = settings.contentEncoding === "GZIP";
  const plain = bodyOf(request);
  return {
    method: "POST",
    url: settings.url,
    headers: {
      "content-type": "application/json",
      ...(isPacked && { "content-encoding": "gzip" }),
      "user-agent": "Amazon Kinesis Data Firehose Agent/1.0",
      "x-amz-firehose-protocol-version": "1.0",
      "x-amz-firehose-request-id": request.requestId,
      "x-amz-firehose-source-arn": request.deliveryStreamArn,
      ...(request.accessKey && { "x-amz-firehose-access-key": headerText(request.accessKey) }),
      ...(settings.commonAttributes.length > 0 && {
        "x-amz-firehose-common-attributes": attributesHeader(settings.commonAttributes),
      }),
    },
    body: isPacked ? await compress(plain) : plain,
    timeoutMs: HTTP_ENDPOINT_TIMEOUT_MS,
    maxBytes: HTTP_ENDPOINT_ANSWER_MAX_BYTES,
  };
}

/** Base64 needs no escapes. */
function bodyOf({ requestId, atMs, records }: EndpointRequest): Buffer {
  const list = records.map(({ data }) => {
    const base64 = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64");
    return `{"data":"${base64}"}`;
  });
  const text = `{"requestId":"${requestId}","timestamp":${atMs},"records":[${list.join(",")}]}`;
  return Buffer.from(text, "latin1");
}

/** In ASCII, whatever they hold: a header has no other characters that all receivers read alike. */
function attributesHeader(attributes: readonly CommonAttribute[]): string {
  const commonAttributes = Object.fromEntries(attributes.map(({ name, value }) => [name, value]));
  return JSON.stringify({ commonAttributes }).replaceAll(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** The bytes of its UTF-8, as headers are bytes. */
function headerText(text: string): string {
  return Buffer.from(text).toString("latin1");
}
