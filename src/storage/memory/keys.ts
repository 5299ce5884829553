/** Keys in memory, which can be told to refuse. Nothing a user runs uses it. */
import type { DataKey, KeyRefusal, KeyRefusalReason, KeyService } from "../../log/keys.ts";
import type { Random } from "../../random.ts";

const KEY_BYTES = 32;
const NAME_BYTES = 8;

export interface MemoryKeys extends KeyService {
  /** @param keyArn `""`: the deployment's own key. @param reason absent: it can be used again */
  refuse(keyArn: string, reason?: KeyRefusalReason): void;
  /** The same keys, whether they are refused or not. */
  readonly whateverIsRefused: Pick<KeyService, "unwrap">;
}

const OF_ANOTHER_STREAM = {
  kind: "refused",
  reason: "AccessDeniedException",
  detail: "no data key of that stream",
} as const satisfies KeyRefusal;

/** A data key's wrapped form is no more than its name. */
export function memoryKeys(random: Random): MemoryKeys {
  const made = new Map<string, DataKey & { readonly stream: string; readonly keyArn: string }>();
  const refused = new Map<string, KeyRefusalReason>();

  function refusalOf(keyArn: string): KeyRefusal | undefined {
    const reason = refused.get(keyArn);
    return reason && { kind: "refused", reason, detail: `${keyArn} is refused` };
  }

  function find(stream: string, wrapped: Uint8Array) {
    const found = made.get(nameOf(wrapped));
    return found?.stream === stream ? found : undefined;
  }

  return {
    whateverIsRefused: {
      async unwrap(stream, wrapped) {
        const found = find(stream, wrapped);
        return found ? { kind: "key", key: found.clear } : OF_ANOTHER_STREAM;
      },
    },
    async newDataKey(stream, keyArn = "") {
      const refusal = refusalOf(keyArn);
      if (refusal) return refusal;
      const key = { clear: random.bytes(KEY_BYTES), wrapped: random.bytes(NAME_BYTES) };
      made.set(nameOf(key.wrapped), { ...key, stream, keyArn });
      return { kind: "key", key };
    },
    async unwrap(stream, wrapped) {
      const found = find(stream, wrapped);
      if (found === undefined) return OF_ANOTHER_STREAM;
      return refusalOf(found.keyArn) ?? { kind: "key", key: found.clear };
    },
    refuse(keyArn, reason) {
      if (reason === undefined) refused.delete(keyArn);
      else refused.set(keyArn, reason);
    },
  };
}

function nameOf(wrapped: Uint8Array): string {
  return Buffer.from(wrapped).toString("hex");
}
