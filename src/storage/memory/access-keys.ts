/** Access keys in memory. Nothing a user runs uses it. */
import type { AccessKeyStore, NewAccessKey } from "../../auth/store.ts";

export function memoryAccessKeys(...keys: readonly NewAccessKey[]): AccessKeyStore {
  return {
    async get(accessKeyId) {
      const accessKey = keys.find(({ id }) => id === accessKeyId);
      if (accessKey === undefined) return undefined;
      const { secret } = accessKey;
      return { accessKey, secretVersion: secret, openSecret: () => Promise.resolve(secret) };
    },
  };
}
