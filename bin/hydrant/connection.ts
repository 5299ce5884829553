/** Where `hydrant` calls, and as whom; from the command line and the environment, as AWS's tools take them. */

export interface Connection {
  readonly endpoint: URL;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

export const LOCAL_ENDPOINT = "http://127.0.0.1:4566";

/** The key that every local stack has is taken for such a stack only. */
export const LOCAL_KEY = "test";

export function isLocalEndpoint({ hostname }: URL): boolean {
  return /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost)$/.test(hostname);
}

export function connectionFrom(endpointUrl: string, environment: Environment): Connection {
  if (!URL.canParse(endpointUrl)) {
    throw new Error(`--endpoint-url must be a URL, got ${endpointUrl}`);
  }
  const endpoint = new URL(endpointUrl);
  const standIn = isLocalEndpoint(endpoint) ? LOCAL_KEY : undefined;
  const accessKeyId = environment["AWS_ACCESS_KEY_ID"] || standIn;
  const secretAccessKey = environment["AWS_SECRET_ACCESS_KEY"] || standIn;
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw new Error("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set: a key of Hydrant's");
  }
  const region = environment["AWS_REGION"] || environment["AWS_DEFAULT_REGION"] || "us-east-1";
  return { endpoint, region, accessKeyId, secretAccessKey };
}
