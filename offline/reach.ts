/**
 * From where a local stack can be reached: from its own machine, unless the user opens ports to others. The API checks
 * signatures, with a key that everybody knows; the services behind it are for programs of this machine. Where
 * functions are invoked is never opened: whoever may call there runs code.
 */

const PORTS = ["api", "s3", "sqs", "dynamodb"] as const;
export type OpenPort = (typeof PORTS)[number];

/** What producers and readers of objects in containers need. */
const USUALLY_OPENED: readonly OpenPort[] = ["api", "s3"];

const LOOPBACK: ReadonlySet<string> = new Set(["127.0.0.1", "localhost"]);
/** No name of this machine, but all of its addresses. */
export const EVERYWHERE: ReadonlySet<string> = new Set(["0.0.0.0", "::"]);

export interface Reach {
  /** An address of this machine, or all of them; absent: the loopback only. */
  readonly host?: string;
  readonly ports: ReadonlySet<OpenPort>;
}

/** Reads `HYDRANT_HOST`, and `HYDRANT_HOST_PORTS`: which ports that is about. */
export function readReach(env: NodeJS.ProcessEnv): Reach {
  const host = env["HYDRANT_HOST"]?.trim() ?? "";
  const names = (env["HYDRANT_HOST_PORTS"] ?? "").split(",").flatMap((part) => part.trim() || []);
  const ports = names.map((name) => {
    const port = PORTS.find((known) => known === name);
    if (port !== undefined) return port;
    throw new Error(`HYDRANT_HOST_PORTS must name ports among ${PORTS.join(", ")}; got ${name}`);
  });
  return {
    ...(host === "" || LOOPBACK.has(host) ? {} : { host }),
    ports: new Set(ports.length === 0 ? USUALLY_OPENED : ports),
  };
}

/** Where to listen beside the loopback, if anywhere. */
export function hostOf({ host, ports }: Reach, port: OpenPort): { readonly host?: string } {
  return host !== undefined && ports.has(port) ? { host } : {};
}

const SPOKEN: Readonly<Record<OpenPort, string>> = {
  api: "API",
  s3: "S3",
  sqs: "SQS",
  dynamodb: "DynamoDB",
};

export function reachWarning({ host, ports }: Reach): string | undefined {
  if (host === undefined) return undefined;
  const opened = PORTS.filter((port) => ports.has(port)).map((port) => SPOKEN[port]);
  const where = EVERYWHERE.has(host) ? "all addresses of this machine" : host;
  return (
    `Warning: beyond 127.0.0.1 these listen on ${where}: ${opened.join(", ")}. ` +
    "Whoever reaches them can use them: the key test/test is no secret."
  );
}
