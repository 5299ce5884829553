/**
 * A destination that is not S3, as requests and Describe name it: one row in `index.ts`. What AWS's shapes hold is kept as it
 * was given, but for secrets, so that Describe shows it and an update changes it member by member; what delivery needs is read
 * from it into the domain's own settings (`src/delivery/destinations/receivers/settings.ts`).
 */
import type { S3Destination } from "../../../delivery/delivery-stream.ts";
import type { ReceiverSecrets } from "../../../delivery/destinations/receivers/settings.ts";
import type { NamedTarget } from "../../../targets/kinds.ts";
import { type Infer, structure, type StructureShape } from "../../../wire/shape.ts";
import type { Place } from "../named-targets.ts";
import type { ReadContext } from "../s3-destination.ts";

export interface DestinationKind<
  Configuration extends StructureShape,
  Update extends StructureShape,
> extends DestinationNames {
  readonly configuration: Configuration;
  readonly update: Update;
  /** Refuses what cannot be, in AWS's words, then what is not offered; fills in the defaults. */
  read(configuration: Infer<Configuration>, context: ReadContext): S3Destination;
  /** What nobody may see again; `restored` puts it back. */
  secretsOf(configuration: Infer<Configuration>): ReceiverSecrets;
  withoutSecrets(configuration: Infer<Configuration>): Infer<Configuration>;
  restored(plain: Infer<Configuration>, secrets: ReceiverSecrets): Infer<Configuration>;
  /** AWS's description, with the defaults that it fills in; of a configuration without secrets. */
  describe(configuration: Infer<Configuration>): object;
  /** What a request for a stream as it is after the update would say. */
  merged(standing: Infer<Configuration>, update: Infer<Update>): Infer<Configuration>;
  /** All that it names for Hydrant to work on, buckets, functions and roles included. Members may be missing. */
  named(settings: Partial<Infer<Configuration>>, place: Place): readonly NamedTarget[];
}

export interface DestinationNames {
  /** In CreateDeliveryStream, UpdateDestination and DescribeDeliveryStream. */
  readonly members: {
    readonly configuration: string;
    readonly update: string;
    readonly description: string;
  };
  /** What AWS calls the type in its refusals: `HttpEndpoint`. */
  readonly typeName: string;
}

/** A value of a row's own shape, to those who do not know which. */
export type AnyConfiguration = Readonly<Record<string, unknown>>;

/** A shape of a row, likewise. */
export const ANY_SHAPE = structure({});

/** A row to those who do not know which. */
export interface AnyDestinationKind extends DestinationNames {
  readonly configuration: typeof ANY_SHAPE;
  readonly update: typeof ANY_SHAPE;
  read(configuration: AnyConfiguration, context: ReadContext): S3Destination;
  secretsOf(configuration: AnyConfiguration): ReceiverSecrets;
  withoutSecrets(configuration: AnyConfiguration): AnyConfiguration;
  restored(plain: AnyConfiguration, secrets: ReceiverSecrets): AnyConfiguration;
  describe(configuration: AnyConfiguration): object;
  merged(standing: AnyConfiguration, update: AnyConfiguration): AnyConfiguration;
  named(settings: AnyConfiguration, place: Place): readonly NamedTarget[];
}

/** Keeps a row's types to itself. */
export function destinationKind<
  Configuration extends StructureShape,
  Update extends StructureShape,
>(row: DestinationKind<Configuration, Update>): AnyDestinationKind {
  const erased: unknown = row;
  return erased as AnyDestinationKind;
}
