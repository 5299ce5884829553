/** Blocks of the log, as they lie in the table and the bucket. */
import { isDeepStrictEqual } from "node:util";
import { openBody, type SealedPlace, sealBody, wrappedKeyOf } from "../../../src/log/envelope.ts";
import { packRecords, unpackRecords } from "../../../src/log/frame.ts";
import type { LogRecord } from "../../../src/log/record.ts";
import type { ShardKey } from "../../../src/log/store.ts";
import type { Chance } from "../chance.ts";
import { mutateBytes } from "../mutate.ts";
import { fuzzTarget, hold } from "../target.ts";

function drawRecords(chance: Chance): readonly LogRecord[] {
  const keyed = chance.may(0.5);
  return Array.from({ length: 1 + chance.below(8) }, () => ({
    data: chance.may(0.3) ? Buffer.alloc(chance.below(400), "a") : chance.bytes(chance.below(60)),
    ...(keyed && { partitionKey: chance.pick(["a", "é", "key"]) }),
  }));
}

const plain = (records: readonly LogRecord[]) =>
  records.map(({ data, ...rest }) => ({ data: Buffer.from(data).toString("base64"), ...rest }));

export const frames = () =>
  fuzzTarget({
    draw(chance) {
      const records = drawRecords(chance);
      const packed = packRecords(records);
      const byteCount = records.reduce((sum, { data, partitionKey = "" }) => {
        return sum + data.length + Buffer.byteLength(partitionKey);
      }, 0);
      const isWhole = chance.may(0.1);
      const other = packRecords(drawRecords(chance));
      return {
        records,
        isWhole,
        body: isWhole ? packed : mutateBytes(chance, packed, [other]),
        ...(chance.may(0.5) && { known: { recordCount: records.length, byteCount } }),
      };
    },
    check({ records, isWhole, body, known }) {
      let unpacked: readonly LogRecord[];
      try {
        unpacked = unpackRecords(body, known);
      } catch (error) {
        hold(!isWhole, `what was packed is unpacked: ${String(error)}`);
        const { message, code = "" } = error as NodeJS.ErrnoException;
        const isTold = message.startsWith("block body: ") || /^(?:ZSTD_|ERR_|Z_)/.test(code);
        hold(isTold, `a damaged body is told: ${String(error)}`);
        return "damaged";
      }
      if (isWhole) hold(isDeepStrictEqual(plain(unpacked), plain(records)), "nothing is lost");
      if (unpacked.length === 0) return "empty";
      const again = unpackRecords(packRecords(unpacked));
      hold(isDeepStrictEqual(plain(again), plain(unpacked)), "what is read can be packed again");
      return isWhole ? "whole" : "other";
    },
  });

const DATA_KEY = { clear: Buffer.alloc(32, 7), wrapped: Buffer.alloc(60, 9) };
const SHARDS = ["a/1", "a/2", "b/1"] as readonly string[] as readonly ShardKey[];

export const envelopes = () =>
  fuzzTarget({
    draw(chance) {
      const place = (): SealedPlace => ({ shard: chance.pick(SHARDS), index: chance.below(3) });
      const packed = chance.bytes(chance.below(100));
      const random = { fraction: () => 0, bytes: chance.bytes };
      const at = place();
      const sealed = sealBody(packed, DATA_KEY, random);
      const envelope = sealed.envelopeAt(at);
      const whole = { bytes: sealed.bytes, envelope, at };
      const given = {
        bytes: chance.may(0.4) ? mutateBytes(chance, sealed.bytes) : sealed.bytes,
        envelope: chance.may(0.4) ? mutateBytes(chance, envelope) : envelope,
        at: chance.may(0.3) ? place() : at,
      };
      return { packed, whole, given };
    },
    check({ packed, whole, given }) {
      const isWhole =
        Buffer.from(given.bytes).equals(whole.bytes) &&
        Buffer.from(given.envelope).equals(whole.envelope) &&
        isDeepStrictEqual(given.at, whole.at);
      let opened: Uint8Array;
      try {
        wrappedKeyOf(given.envelope);
        opened = openBody(given.bytes, given.envelope, DATA_KEY.clear, given.at);
      } catch (error) {
        const { message } = error as Error;
        hold(!isWhole, `what was sealed opens: ${message}`);
        hold(/^(envelope: |block \d+ of )/.test(message), `what does not open is told: ${message}`);
        return "closed";
      }
      // The wrapped key is its keeper's to judge: that this is the one which opens it was asked before.
      hold(Buffer.from(opened).equals(packed), "what opens is what was sealed there");
      return "opened";
    },
  });
