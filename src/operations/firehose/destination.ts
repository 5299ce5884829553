/**
 * A delivery stream's destination, S3 or another: as requests give it, as the stream holds it, as Describe shows it and as an
 * update changes it.
 */
import type { DestinationDescription } from "@aws-sdk/client-firehose";
import type { DeliveryStream } from "../../delivery/delivery-stream.ts";
import { ServiceError } from "../../errors.ts";
import { DESTINATION_SETTINGS_MAX_BYTES } from "../../limits.ts";
import type { NamedTarget } from "../../targets/kinds.ts";
import { type CreateInput, DESTINATIONS } from "./create-input.ts";
import {
  configurationOf,
  DESTINATION_ID,
  describeDestination as describeS3,
} from "./describe-s3.ts";
import { DESTINATION_KINDS, kindOf } from "./destinations/index.ts";
import type { AnyConfiguration, AnyDestinationKind } from "./destinations/kind.ts";
import { namedTargets, type Place } from "./named-targets.ts";
import { invalidArgument, notOfferedYet } from "./refusals.ts";
import { readExtended, type ReadContext } from "./s3-destination.ts";
import type {
  ExtendedS3Configuration,
  ExtendedS3Update,
  ProcessingConfiguration,
} from "./s3-shapes.ts";
import { UPDATES, type UpdateInput } from "./update-input.ts";

/** What a request says of it. */
export type GivenDestination =
  | { readonly kind: "s3"; readonly configuration: ExtendedS3Configuration }
  | {
      readonly kind: "other";
      readonly row: AnyDestinationKind;
      readonly configuration: AnyConfiguration;
    };

/** What a delivery stream holds of it: as it is read, and what Describe shows of it as it was given. */
export type DestinationParts = Pick<DeliveryStream, (typeof PARTS)[number]>;

const PARTS = [
  "destination",
  "processingConfiguration",
  "dataFormatConversionConfiguration",
  "dynamicPartitioningConfiguration",
  "receiverConfiguration",
  "receiverSecrets",
] as const satisfies readonly (keyof DeliveryStream)[];

/** As it is stored in `receiverConfiguration`. */
interface StoredReceiver {
  /** What AWS calls the type. */
  readonly type: string;
  readonly configuration: AnyConfiguration;
}

/** Alone. */
export function partsOf(stream: DestinationParts): DestinationParts {
  const parts = PARTS.map((part) => [part, stream[part]]).filter(
    ([, value]) => value !== undefined,
  );
  return Object.fromEntries(parts) as DestinationParts;
}

/** The stream with other parts, and none of its own. */
export function withParts(stream: DeliveryStream, parts: DestinationParts): DeliveryStream {
  const rest = Object.entries(stream).filter(
    ([name]) => !PARTS.includes(name as (typeof PARTS)[number]),
  );
  return { ...(Object.fromEntries(rest) as unknown as DeliveryStream), ...parts };
}

export function givenDestination(request: CreateInput): GivenDestination {
  const [name, ...others] = DESTINATIONS.filter((member) => request[member] !== undefined);
  if (name === undefined || others.length > 0) throw notOne();
  const s3 = request.ExtendedS3DestinationConfiguration ?? request.S3DestinationConfiguration;
  if (s3 !== undefined) return { kind: "s3", configuration: s3 };
  const row = kindOf("configuration", name);
  if (row === undefined) throw notOfferedYet(name, "use ExtendedS3DestinationConfiguration");
  return { kind: "other", row, configuration: request[name] as AnyConfiguration };
}

function notOne() {
  return invalidArgument("Exactly one destination configuration is supported for a Firehose");
}

/** As a request for the destination that stands would say it. */
export function standingDestination(stream: DeliveryStream): GivenDestination {
  const stored = stream.receiverConfiguration as StoredReceiver | undefined;
  if (stored === undefined) return { kind: "s3", configuration: configurationOf(stream) };
  const row = rowOf(stored);
  const { receiverSecrets = {} } = stream;
  return { kind: "other", row, configuration: row.restored(stored.configuration, receiverSecrets) };
}

function rowOf({ type }: StoredReceiver): AnyDestinationKind {
  return DESTINATION_KINDS.find(({ typeName }) => typeName === type)!;
}

/** Refuses what cannot be. */
export function readDestination(given: GivenDestination, context: ReadContext): DestinationParts {
  const byteCount = Buffer.byteLength(JSON.stringify(given.configuration));
  if (byteCount > DESTINATION_SETTINGS_MAX_BYTES) {
    throw invalidArgument(
      `The destination's settings may come to ${DESTINATION_SETTINGS_MAX_BYTES} bytes in all, and are ${byteCount}.`,
    );
  }
  if (given.kind === "s3") return readExtended(given.configuration, context);
  const { row, configuration } = given;
  const destination = row.read(configuration, context);
  const processing = (
    configuration as { readonly ProcessingConfiguration?: ProcessingConfiguration }
  ).ProcessingConfiguration;
  const secrets = row.secretsOf(configuration);
  const stored: StoredReceiver = {
    type: row.typeName,
    configuration: row.withoutSecrets(configuration),
  };
  return {
    destination,
    ...(processing && { processingConfiguration: processing }),
    receiverConfiguration: stored,
    ...(Object.keys(secrets).length > 0 && { receiverSecrets: secrets }),
  };
}

/** All that it names for Hydrant to work on. Rights are asked for before settings are checked: any member may be missing. */
export function targetsOf(given: GivenDestination, place: Place): readonly NamedTarget[] {
  return given.kind === "s3"
    ? namedTargets(given.configuration, place)
    : given.row.named(given.configuration, place);
}

/** What new streams name; nothing where the request is refused anyway. */
export function targetsOfNew(request: CreateInput, place: Place): readonly NamedTarget[] {
  const s3 = request.ExtendedS3DestinationConfiguration ?? request.S3DestinationConfiguration;
  const others = DESTINATION_KINDS.flatMap((row) => {
    const configuration = request[row.members.configuration as keyof CreateInput];
    return configuration === undefined ? [] : row.named(configuration as AnyConfiguration, place);
  });
  return [...(s3 ? namedTargets(s3, place) : []), ...others];
}

/** What the stream would name after the update; nothing where the request is refused anyway. */
export function targetsOfUpdated(
  stream: DeliveryStream,
  request: UpdateInput,
  place: Place,
): readonly NamedTarget[] {
  try {
    return targetsOf(updatedDestination(stream, request), place);
  } catch (error) {
    if (error instanceof ServiceError) return [];
    throw error;
  }
}

/** What a request for the stream as it is after the update would say. */
export function updatedDestination(stream: DeliveryStream, request: UpdateInput): GivenDestination {
  const standing = standingDestination(stream);
  const given = UPDATES.filter((member) => request[member] !== undefined);
  const [member] = given;
  if (member === undefined || given.length > 1) throw notOne();
  const row = kindOf("update", member);
  const isS3 = member === "S3DestinationUpdate" || member === "ExtendedS3DestinationUpdate";
  if (standing.kind === "s3" && isS3) {
    return { kind: "s3", configuration: withUpdate(standing.configuration, request[member]!) };
  }
  if (standing.kind === "other" && row === standing.row) {
    const update = request[member] as AnyConfiguration;
    return { ...standing, configuration: row.merged(standing.configuration, update) };
  }
  const type = isS3 ? typeNameOf(standing) : updateTypeName(member);
  throw invalidArgument(
    `Changing the destination type to or from ${type} is not supported at this time.`,
  );
}

function typeNameOf(standing: GivenDestination): string {
  return standing.kind === "s3" ? "ExtendedS3" : standing.row.typeName;
}

/** `SplunkDestinationUpdate` → `Splunk` */
function updateTypeName(member: string): string {
  return member.replace(/DestinationUpdate$/, "");
}

function withUpdate(
  standing: ExtendedS3Configuration,
  update: ExtendedS3Update,
): ExtendedS3Configuration {
  const { S3BackupUpdate, ...rest } = update;
  const backup = { ...standing.S3BackupConfiguration, ...S3BackupUpdate };
  const { BucketARN, RoleARN } = backup;
  const isWhole = BucketARN !== undefined && RoleARN !== undefined;
  return {
    ...standing,
    ...rest,
    // What is not whole is as good as none, which is refused where one is needed.
    ...(isWhole && { S3BackupConfiguration: { ...backup, BucketARN, RoleARN } }),
  };
}

export function describeDestination(stream: DeliveryStream): DestinationDescription {
  const stored = stream.receiverConfiguration as StoredReceiver | undefined;
  if (stored === undefined) return describeS3(stream);
  const row = rowOf(stored);
  return {
    DestinationId: DESTINATION_ID,
    [row.members.description]: row.describe(stored.configuration),
  };
}
