/**
 * Keys without a KMS, for a stack on a laptop: each key, whatever its ARN, follows from the one in the stack's key file, which only
 * its owner reads. So any ARN names a key, until a file beside it says otherwise, to see what a producer makes of that:
 *
 *     kms-keys.json: { "arn:aws:kms:us-east-1:000000000000:key/…": "DisabledException" }
 */
import { hkdfSync } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { KeyRefusal, KeyRefusalReason, KeyService } from "../../log/keys.ts";
import type { Random } from "../../random.ts";
import { createSeal, type LocalSeal } from "../seal.ts";

const KEY_BYTES = 32;
const REFUSALS_FILE = "kms-keys.json";
const REASONS: readonly string[] = [
  "AccessDeniedException",
  "DisabledException",
  "InvalidKeyUsageException",
  "KMSInvalidStateException",
  "NotFoundException",
  "OptInRequired",
] satisfies readonly KeyRefusalReason[];

/** A wrapped key begins with the ARN of the key that wrapped it, and its length in two bytes; of the stack's own it is empty. */
export function fileKeys(file: string, random: Random): KeyService {
  const root = Buffer.from(readFileSync(file, "utf8"), "base64");
  const refusals = join(dirname(file), REFUSALS_FILE);

  function sealOf(keyArn: string): LocalSeal {
    const info = `hydrant stream key ${keyArn}`;
    return createSeal(new Uint8Array(hkdfSync("sha256", root, "", info, KEY_BYTES)), random);
  }

  return {
    async newDataKey(stream, keyArn = "") {
      const refused = refusalIn(refusals, keyArn);
      if (refused) return refused;
      const clear = random.bytes(KEY_BYTES);
      const name = Buffer.from(keyArn);
      const length = Buffer.from([name.length >> 8, name.length & 0xff]);
      const wrapped = Buffer.concat([length, name, sealOf(keyArn).close(stream, clear)]);
      return { kind: "key", key: { clear, wrapped } };
    },
    async unwrap(stream, wrapped) {
      const bytes = Buffer.from(wrapped);
      const endOfName = 2 + bytes.readUInt16BE(0);
      const keyArn = bytes.toString("utf8", 2, endOfName);
      const refused = refusalIn(refusals, keyArn);
      if (refused) return refused;
      return { kind: "key", key: sealOf(keyArn).open(stream, bytes.subarray(endOfName)) };
    },
  };
}

/** Read each time: it is there to be edited while the stack runs. */
function refusalIn(file: string, keyArn: string): KeyRefusal | undefined {
  if (!existsSync(file)) return undefined;
  const said = JSON.parse(readFileSync(file, "utf8")) as Readonly<Record<string, unknown>>;
  const reason = said[keyArn];
  if (reason === undefined) return undefined;
  if (typeof reason !== "string" || !REASONS.includes(reason)) {
    throw new Error(`${file}: ${keyArn} must be one of ${REASONS.join(", ")}`);
  }
  return {
    kind: "refused",
    reason: reason as KeyRefusalReason,
    detail: `${keyArn} is said to be so in ${REFUSALS_FILE}`,
  };
}
