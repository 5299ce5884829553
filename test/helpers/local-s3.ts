/** The local S3 in memory with one bucket, for suites that speak to it in its own language. */
import { S3Client } from "@aws-sdk/client-s3";
import { startS3 } from "../../offline/services/s3/server.ts";
import { sendRaw, type RawResponse } from "./raw-http.ts";

export const BUCKET = "local-s3-tests";

export interface LocalS3 {
  readonly endpoint: string;
  readonly client: S3Client;
  /** A request as it stands, unsigned; `path` from the bucket's slash on, with its query. */
  send(
    method: string,
    path: string,
    body?: string,
    headers?: Readonly<Record<string, string>>,
  ): Promise<RawResponse>;
  stop(): void;
}

export async function startLocalS3(directory?: string): Promise<LocalS3> {
  const running = await startS3({ port: 0, ...(directory === undefined ? {} : { directory }) });
  const { endpoint } = running;
  const client = new S3Client({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    forcePathStyle: true,
    maxAttempts: 1,
  });
  const send: LocalS3["send"] = (method, path, body = "", headers = {}) =>
    sendRaw(`${endpoint}/${BUCKET}${path}`, { method, headers, body }, true);
  await send("PUT", "");
  return {
    endpoint,
    client,
    send,
    stop() {
      client.destroy();
      running.stop();
    },
  };
}

/** `NoSuchTagSet` of an answer; undefined where it is no refusal. */
export function codeOf({ text }: RawResponse): string | undefined {
  return /<Error><Code>(\w+)<\/Code>/.exec(text)?.[1];
}
