/** Members that ask for something Hydrant does not do are refused by name; empty ones are let pass. */
import { UNBOUNDED_LIST_MAX_COUNT, UNBOUNDED_TEXT_MAX_LENGTH } from "../../limits.ts";
import { type InferMembers, list, map, string, structure } from "../../wire/shape.ts";
import { notOfferedMember, unsupportedMember } from "./refusals.ts";

const text = string({ maxLength: UNBOUNDED_TEXT_MAX_LENGTH });
const LIST = { maxLength: UNBOUNDED_LIST_MAX_COUNT };

/** In the order in which they are refused. Of structures only the presence is looked at. */
export const refusedMembers = {
  Queues: list(text, LIST),
  Topics: list(text, LIST),
  SelfManagedEventSource: structure({}),
  SourceAccessConfigurations: list(structure({}), LIST),
  AmazonManagedKafkaEventSourceConfig: structure({}),
  SelfManagedKafkaEventSourceConfig: structure({}),
  DocumentDBEventSourceConfig: structure({}),
  ScalingConfig: structure({}),
  ProvisionedPollerConfig: structure({}),
  KMSKeyArn: text,
  LoggingConfig: structure({}),
  MetricsConfig: structure({}),
  Tags: map(text, text, LIST),
};

type Name = keyof typeof refusedMembers;

/** For what AWS has for data streams, too; the rest is for sources of other kinds. */
const REASONS: Readonly<Partial<Record<Name, string>>> = {
  KMSKeyArn: "filter criteria are always encrypted at rest, with the keys of the table",
  LoggingConfig: "what is logged is the same for all mappings",
  MetricsConfig: "what is measured is the same for all mappings",
  Tags: "mappings have no tags",
};

export function refuseUnsupported(request: InferMembers<typeof refusedMembers>): void {
  for (const name of Object.keys(refusedMembers) as Name[]) {
    const value = request[name];
    const isStructure = refusedMembers[name].kind === "structure";
    if (value === undefined || (!isStructure && Object.keys(value).length === 0)) continue;
    const reason = REASONS[name];
    throw reason === undefined ? unsupportedMember(name) : notOfferedMember(name, reason);
  }
}
