/**
 * The tokens that continue a list: they remember what was asked, so that the next call needs nothing else.
 * When one has grown too old is the caller's to say.
 */
import { openToken, sealToken } from "../log/sealed-token.ts";
import type { ShardFilter } from "./shard-filter.ts";

interface Issued {
  readonly issuedAtMs: number;
}

interface OfStream extends Issued {
  readonly streamName: string;
  /** A token does not outlive its stream. */
  readonly generation: string;
}

/** What each list's token holds. */
export interface ListTokens {
  readonly shards: OfStream & {
    readonly filter?: ShardFilter;
    readonly afterShardIndex: number;
  };
  readonly streams: Issued & { readonly afterStreamName: string };
  readonly consumers: OfStream & { readonly afterConsumerName: string };
}

export function sealListToken<List extends keyof ListTokens>(
  secret: Uint8Array,
  list: List,
  token: ListTokens[List],
): string {
  return sealToken(secret, purposeOf(list), Buffer.from(JSON.stringify(token)));
}

/** `undefined` for anything that is not a token of that list. */
export function openListToken<List extends keyof ListTokens>(
  secret: Uint8Array,
  list: List,
  text: string,
): ListTokens[List] | undefined {
  const payload = openToken(secret, purposeOf(list), text);
  // Whatever opens was written by sealListToken.
  return payload && (JSON.parse(Buffer.from(payload).toString()) as ListTokens[List]);
}

const purposeOf = (list: keyof ListTokens) => `next token of ${list}`;
