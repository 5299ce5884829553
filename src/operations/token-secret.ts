/**
 * The secret that seals shard iterators and next tokens, asked for once per process. A token made by one process
 * is read by the others, so the secret is kept in the state table.
 */
import type { Random } from "../random.ts";
import type { SecretStore } from "../streams/store.ts";

const NAME = "tokens";
const SECRET_BYTES = 32;

export function tokenSecret(secrets: SecretStore, random: Random): () => Promise<Uint8Array> {
  let asked: Promise<Uint8Array> | undefined;
  return async () => {
    asked ??= secrets.keepOnce(NAME, random.bytes(SECRET_BYTES));
    try {
      return await asked;
    } catch (error) {
      // The next call asks again.
      asked = undefined;
      throw error;
    }
  };
}
