/** The destinations that are not S3: a row for each, in the order of CreateDeliveryStream's members. */
import { httpEndpoint } from "./http-endpoint.ts";
import { icebergKind } from "./iceberg.ts";
import { ANY_SHAPE, type AnyDestinationKind } from "./kind.ts";
import { elasticsearch, opensearch, opensearchServerless } from "./opensearch.ts";
import { redshiftKind } from "./redshift.ts";
import { splunk } from "./splunk.ts";
import { snowflakeKind } from "./snowflake.ts";

export const DESTINATION_KINDS: readonly AnyDestinationKind[] = [
  redshiftKind,
  elasticsearch,
  opensearch,
  opensearchServerless,
  splunk,
  httpEndpoint,
  snowflakeKind,
  icebergKind,
];

/** `configurationShape("SplunkDestinationConfiguration")`; of what is not offered only its presence matters. */
export function configurationShape(member: string): typeof ANY_SHAPE {
  return kindOf("configuration", member)?.configuration ?? ANY_SHAPE;
}

/** `updateShape("SplunkDestinationUpdate")` */
export function updateShape(member: string): typeof ANY_SHAPE {
  return kindOf("update", member)?.update ?? ANY_SHAPE;
}

/** `undefined`: it is not offered. */
export function kindOf(
  of: keyof AnyDestinationKind["members"],
  member: string,
): AnyDestinationKind | undefined {
  return DESTINATION_KINDS.find(({ members }) => members[of] === member);
}
