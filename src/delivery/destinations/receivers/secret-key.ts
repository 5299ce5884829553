/** What a receiver is entered with, in a secret that is JSON: `{"api_key": "…"}`. */
import type { DeliveryError } from "../../error-log/delivery-error.ts";
import type { SecretResult } from "./ports.ts";

export type FoundKey =
  | { readonly kind: "key"; readonly key: string | undefined }
  | { readonly kind: "refused"; readonly error: DeliveryError };

/** @param isFit whether it can be sent as it is */
export function keyIn(
  result: SecretResult,
  member: string,
  secretArn: string,
  isFit: (key: string) => boolean,
): FoundKey {
  if (result.kind === "refused") return result;
  const key = memberOf(result.text, member);
  if (key !== undefined && isFit(key)) return { kind: "key", key };
  const errorMessage = `The secret ${secretArn} must be a JSON object whose member ${member} is a text that a header can hold.`;
  return { kind: "refused", error: { errorCode: "SecretsManager.InvalidSecret", errorMessage } };
}

function memberOf(text: string, member: string): string | undefined {
  try {
    const secret: unknown = JSON.parse(text);
    const value = (secret as Readonly<Record<string, unknown>> | null)?.[member];
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}
