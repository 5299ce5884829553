/** What `npm run fuzz` and the unit test try, by name. */
import type { FuzzTarget } from "./target.ts";
import { policies } from "./targets/access.ts";
import { consumerAnswers, transformAnswers } from "./targets/answers.ts";
import { calls } from "./targets/calls.ts";
import { declaredEvents } from "./targets/declared.ts";
import { jqQueries } from "./targets/jq.ts";
import { envelopes, frames } from "./targets/log.ts";
import { documents, errorObjects, kplAggregates, stages } from "./targets/records.ts";
import { filters, prefixes, queries } from "./targets/settings.ts";
import { signedRequests } from "./targets/sigv4.ts";
import { iterators, tokens } from "./targets/tokens.ts";
import { cborBodies, jsonBodies } from "./targets/wire.ts";

export const TARGETS: Readonly<Record<string, () => FuzzTarget | Promise<FuzzTarget>>> = {
  json: jsonBodies,
  cbor: cborBodies,
  calls,
  sigv4: signedRequests,
  policies,
  iterators,
  tokens,
  declared: declaredEvents,
  kpl: kplAggregates,
  stages,
  documents,
  "transform-answers": transformAnswers,
  "consumer-answers": consumerAnswers,
  prefixes,
  filters,
  queries,
  jq: jqQueries,
  frames,
  envelopes,
  "error-objects": errorObjects,
};
