/**
 * On a laptop, secrets lie in a file of JSON: by the name or the ARN of each its text, or an object, which is its text as
 * JSON. It is read anew whenever a secret is asked for, so that it may be edited at any time.
 */
import { readFile } from "node:fs/promises";
import type { SecretResult, SecretStore } from "../../delivery/destinations/receivers/ports.ts";

export function secretsFile(path: string): SecretStore {
  return {
    async read({ arn }) {
      try {
        const secrets = JSON.parse(await readFile(path, "utf8")) as Readonly<
          Record<string, unknown>
        >;
        const name = namesOf(arn).find((one) => Object.hasOwn(secrets, one));
        if (name === undefined) return refused(`${path} holds no secret ${arn}`);
        const value = secrets[name];
        return { kind: "secret", text: typeof value === "string" ? value : JSON.stringify(value) };
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        return refused(code === "ENOENT" ? `${path} is not there` : `${path}: ${message}`);
      }
    },
  };
}

/** `arn:aws:secretsmanager:us-east-1:000000000000:secret:intake-AbC123` → itself, `intake-AbC123`, `intake`. */
function namesOf(arn: string): readonly string[] {
  const name = arn.split(":").slice(6).join(":");
  return [arn, name, name.replace(/-[A-Za-z0-9]{6}$/, "")];
}

function refused(errorMessage: string): SecretResult {
  return { kind: "refused", error: { errorCode: "SecretsManager.ResourceNotFound", errorMessage } };
}
