/**
 * Calls of AWS services by JSON 1.1, signed: for those of which a call or two is needed, and whose client would be many times
 * as large. What the service says no to is an answer.
 */
import type { ReceiverHttp } from "../../delivery/destinations/receivers/ports.ts";

export interface AwsJsonService {
  /** As signatures have it. */
  readonly service: string;
  /** `secretsmanager` of `secretsmanager.GetSecretValue`. */
  readonly targetPrefix: string;
  /** Of its host: `secretsmanager.eu-west-1.amazonaws.com`. */
  readonly hostPrefix: string;
  /** Of an emulator; absent: AWS's own. */
  readonly endpoint?: string | undefined;
}

export interface AwsJsonCall {
  readonly operation: string;
  readonly input: object;
  readonly region: string;
  /** Under which it is called, where that is assumed. */
  readonly roleArn?: string | undefined;
}

export type AwsJsonAnswer =
  | { readonly kind: "done"; readonly output: Readonly<Record<string, unknown>> }
  /** `name`: of the exception, without its namespace. */
  | {
      readonly kind: "refused";
      readonly name: string;
      readonly message: string;
      readonly status: number;
    }
  /** The call may have had its effect. */
  | { readonly kind: "none"; readonly detail: string };

const TIMEOUT_MS = 10_000;
const ANSWER_MAX_BYTES = 4 * 1024 * 1024;

export function awsJson(http: ReceiverHttp, service: AwsJsonService) {
  return async ({ operation, input, region, roleArn }: AwsJsonCall): Promise<AwsJsonAnswer> => {
    const domain = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
    const answer = await http.send({
      method: "POST",
      url: `${service.endpoint ?? `https://${service.hostPrefix}.${region}.${domain}`}/`,
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": `${service.targetPrefix}.${operation}`,
      },
      body: Buffer.from(JSON.stringify(input)),
      timeoutMs: TIMEOUT_MS,
      maxBytes: ANSWER_MAX_BYTES,
      signing: { service: service.service, region, ...(roleArn !== undefined && { roleArn }) },
    });
    if (answer.kind === "none") return { kind: "none", detail: answer.detail };
    if (answer.kind === "too large") return { kind: "none", detail: "The answer is too large" };
    const body = parsed(answer.body);
    if (answer.status === 200 && body !== undefined) return { kind: "done", output: body };
    const { __type: type = "", message, Message = message } = body ?? {};
    return {
      kind: "refused",
      name: (typeof type === "string" ? type.split("#").at(-1) : "") || `HTTP ${answer.status}`,
      message: typeof Message === "string" ? Message : "",
      status: answer.status,
    };
  };
}

function parsed(body: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString() || "{}");
    return typeof value === "object" && value !== null
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}
