/**
 * Secrets of Secrets Manager, which receivers are entered with. One that was read is remembered for some minutes, as it is
 * rotated rarely; whoever is refused with it has it read anew.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
 */
import { type Clock, isFresh } from "../../clock.ts";
import type {
  ReceiverHttp,
  SecretResult,
  SecretStore,
} from "../../delivery/destinations/receivers/ports.ts";
import { SECRET_MAX_AGE_MS, SECRETS_KEPT_MAX_COUNT } from "../../limits.ts";
import { awsJson } from "../http/aws-json.ts";
import { Remembered } from "../remembered.ts";

export interface SecretsManagerOptions {
  readonly http: ReceiverHttp;
  readonly clock: Pick<Clock, "now">;
  /** Of an emulator; absent: AWS's own. */
  readonly endpoint?: string | undefined;
}

export function secretsManager({ http, clock, endpoint }: SecretsManagerOptions): SecretStore {
  const call = awsJson(http, {
    service: "secretsmanager",
    targetPrefix: "secretsmanager",
    hostPrefix: "secretsmanager",
    endpoint,
  });
  const known = new Remembered<{ readonly readAtMs: number; readonly result: SecretResult }>(
    SECRETS_KEPT_MAX_COUNT,
  );

  async function get(arn: string, roleArn: string | undefined): Promise<SecretResult> {
    const region = arn.split(":")[3] ?? "";
    const input = { SecretId: arn };
    const answer = await call({ operation: "GetSecretValue", input, region, roleArn });
    if (answer.kind === "none") return refused("SecretsManager.Unavailable", answer.detail);
    if (answer.kind === "refused") {
      return refused(`SecretsManager.${answer.name}`, `${arn}: ${answer.message}`);
    }
    const { SecretString } = answer.output;
    return typeof SecretString === "string"
      ? { kind: "secret", text: SecretString }
      : refused("SecretsManager.InvalidSecret", `${arn} holds no text`);
  }

  return {
    async read({ arn, roleArn }, { isAnew = false } = {}) {
      const name = `${arn} ${roleArn ?? ""}`;
      const before = known.get(name);
      if (before && !isAnew && isFresh(before.readAtMs, clock.now(), SECRET_MAX_AGE_MS)) {
        return before.result;
      }
      const result = await get(arn, roleArn);
      if (result.kind === "secret") known.put(name, { readAtMs: clock.now(), result });
      return result;
    },
  };
}

function refused(errorCode: string, errorMessage: string): SecretResult {
  return { kind: "refused", error: { errorCode, errorMessage } };
}
