/** Secrets in memory. Nothing a user runs uses it. */
import type { SecretStore } from "../../streams/store.ts";

export function memorySecrets(): SecretStore {
  const secrets = new Map<string, Uint8Array>();
  return {
    async keepOnce(name, candidate) {
      const standing = secrets.get(name);
      if (standing) return standing;
      secrets.set(name, candidate);
      return candidate;
    },
  };
}
