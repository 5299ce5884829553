/** What callers bring back: iterators and tokens. Nobody makes one, and none is taken for another. */
import { isDeepStrictEqual } from "node:util";
import { formatIterator, parseIterator } from "../../../src/log/iterator.ts";
import { openToken, sealToken } from "../../../src/log/sealed-token.ts";
import { openListToken, sealListToken } from "../../../src/streams/list-token.ts";
import type { Chance } from "../chance.ts";
import { mutateBytes, mutateText } from "../mutate.ts";
import { fuzzTarget, hold } from "../target.ts";

const SECRET = Buffer.alloc(32, "secret");
const OTHER_SECRET = Buffer.alloc(32, "other");

/** As text, or in its bytes, so that what is changed is behind the base64. */
function changed(chance: Chance, token: string, others: readonly string[]): string {
  if (chance.may(0.1)) return token;
  if (chance.may(0.5)) return mutateText(chance, token, ["=", "A", "/", "+", '"', ...others]);
  const bytes = mutateBytes(
    chance,
    Buffer.from(token, "base64"),
    others.map((other) => Buffer.from(other, "base64")),
  );
  return bytes.toString("base64");
}

export const iterators = () =>
  fuzzTarget({
    draw(chance) {
      const iterator = () => ({
        streamName: "s".repeat(1 + chance.below(128)),
        generation: Buffer.from(chance.bytes(8)).toString("hex"),
        shardIndex: chance.below(2 ** 32),
        issuedAtMs: chance.below(2 ** 45),
        start: chance.may(0.5)
          ? {
              kind: "record" as const,
              blockIndex: chance.below(2 ** 47),
              position: chance.below(2 ** 32),
            }
          : { kind: "time" as const, timestampMs: chance.below(2 ** 45) },
      });
      const given = iterator();
      const random = { fraction: () => 0, bytes: chance.bytes };
      const own = formatIterator(SECRET, random, given);
      const other = formatIterator(SECRET, random, iterator());
      const foreign = formatIterator(OTHER_SECRET, random, given);
      return { given, own, other, text: changed(chance, own, [other, foreign]) };
    },
    check({ given, own, other, text }) {
      const parsed = parseIterator(SECRET, text);
      const bare = /^"(.*)"$/s.exec(text)?.[1] ?? text;
      if (bare === own) {
        hold(isDeepStrictEqual(parsed, given), "an iterator says what was written into it");
        return "opened";
      }
      hold(parsed === undefined || bare === other, "nobody makes an iterator");
      return "refused";
    },
  });

const LISTS = ["shards", "streams", "consumers"] as const;
const PURPOSES = ["shard iterator", "delivery records", "purpose"];

export const tokens = () =>
  fuzzTarget({
    draw(chance) {
      const purpose = chance.pick(PURPOSES);
      const list = chance.pick(LISTS);
      const payload = chance.bytes(chance.below(200));
      const own = sealToken(SECRET, purpose, payload);
      const ofList = sealListToken(SECRET, list, { issuedAtMs: 1 } as never);
      const others = [
        ofList,
        sealToken(SECRET, `${purpose}s`, payload),
        sealToken(OTHER_SECRET, purpose, payload),
      ];
      const text = chance.may(0.1) ? chance.pick(others) : changed(chance, own, others);
      return { purpose, payload, own, list, ofList, text };
    },
    check({ purpose, payload, own, list, ofList, text }) {
      for (const other of LISTS) {
        const isRight = other === list && text === ofList;
        const token = openListToken(SECRET, other, text);
        hold((token?.issuedAtMs === 1) === isRight, "nobody makes a list's token");
      }
      const opened = openToken(SECRET, purpose, text);
      if (text !== own) {
        hold(opened === undefined, "nobody makes a token, nor takes one for another");
        return "refused";
      }
      hold(opened !== undefined && Buffer.from(opened).equals(payload), "it holds its payload");
      return "opened";
    },
  });
