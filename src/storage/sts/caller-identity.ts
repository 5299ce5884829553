/**
 * Asks STS who signed a proof, by the request that was signed and no other: one host, no redirection, for so long and so
 * many bytes.
 */
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { IdentityService } from "../../auth/aws-identities.ts";
import type { IdentityRequest } from "../../auth/identity-proof.ts";
import { STS_ANSWER_MAX_BYTES, STS_TIMEOUT_MS } from "../../limits.ts";

/** @param endpoint `https://sts.eu-west-1.amazonaws.com`, or an emulator's */
export function stsIdentities(endpoint: URL): IdentityService {
  return {
    async identify(asked) {
      const { status, body } = await post(endpoint, asked);
      if (status === 200) return { kind: "identity", arn: arnIn(body) };
      // What is wrong with the proof; that STS itself has trouble is nobody's refusal.
      if (status >= 400 && status < 500) return { kind: "refused", code: codeIn(body) };
      throw new Error(`STS answered ${status}`);
    },
  };
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

function post(endpoint: URL, { headers, body }: IdentityRequest): Promise<Answer> {
  const send = endpoint.protocol === "https:" ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const options = {
      method: "POST",
      headers: { ...headers, "content-length": Buffer.byteLength(body) },
      signal: AbortSignal.timeout(STS_TIMEOUT_MS),
    };
    const sent = send(new URL("/", endpoint), options, (response) => {
      const chunks: Buffer[] = [];
      let byteCount = 0;
      response.on("data", (chunk: Buffer) => {
        byteCount += chunk.length;
        if (byteCount > STS_ANSWER_MAX_BYTES) {
          sent.destroy(new Error(`STS answered more than ${STS_ANSWER_MAX_BYTES} bytes`));
        } else {
          chunks.push(chunk);
        }
      });
      response.once("error", reject);
      response.once("end", () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
      );
    });
    sent.once("error", reject);
    sent.end(body);
  });
}

/** JSON was asked for. */
function arnIn(body: string): string {
  const answer = JSON.parse(body) as {
    readonly GetCallerIdentityResponse?: {
      readonly GetCallerIdentityResult?: { readonly Arn?: unknown };
    };
  };
  const arn = answer.GetCallerIdentityResponse?.GetCallerIdentityResult?.Arn;
  if (typeof arn !== "string") throw new Error("STS answered without an identity");
  return arn;
}

/** `SignatureDoesNotMatch`, in whichever form it comes. */
function codeIn(body: string): string {
  return (
    /"Code"\s*:\s*"(\w{1,64})"|<Code>(\w{1,64})<\/Code>/.exec(body)?.slice(1).find(Boolean) ??
    "refused"
  );
}
