/** What every list asks of the token that continues it. */
import { serviceError } from "../../errors.ts";
import { LIST_TOKEN_LIFETIME_MS } from "../../limits.ts";
import type { DataStreamContext } from "../context.ts";
import { invalidArgument } from "./refusals.ts";

/** Throws for what is no token of ours, or one that is too old. */
export function requireFresh<Token extends { readonly issuedAtMs: number }>(
  token: Token | undefined,
  { clock }: Pick<DataStreamContext, "clock">,
): Token {
  if (token === undefined) throw invalidArgument("NextToken is invalid.");
  if (clock.now() - token.issuedAtMs > LIST_TOKEN_LIFETIME_MS) {
    throw serviceError(
      "ExpiredNextTokenException",
      `NextToken has expired: it may be used for ${LIST_TOKEN_LIFETIME_MS / 1000} seconds.`,
    );
  }
  return token;
}
