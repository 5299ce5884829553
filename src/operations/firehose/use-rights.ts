/**
 * That a caller may use what a request names: `hydrant:UseTarget` on each target's ARN, as AWS asks for `iam:PassRole` on a
 * role. What a delivery stream uses already somebody was allowed to name; only what would be new of it is asked for.
 */
import type { NamedTarget } from "../../targets/kinds.ts";
import type { Right } from "../../wire/operation.ts";
import type { DeliveryStreamContext } from "../context.ts";
import type { CreateInput } from "./create-input.ts";
import { configurationOf } from "./describe-s3.ts";
import { type NamedSettings, namedTargets } from "./named-targets.ts";
import type { ExtendedS3Configuration } from "./s3-shapes.ts";

const USE_TARGET = "hydrant:UseTarget";

/** Each once, but for what is in use already. */
export function rightsToUse(
  named: readonly NamedTarget[],
  standing: readonly NamedTarget[] = [],
): readonly Right[] {
  const inUse = new Set(standing.map(({ arn }) => arn));
  const arns = new Set(named.map(({ arn }) => arn).filter((arn) => !inUse.has(arn)));
  return [...arns].map((resource) => ({ action: USE_TARGET, resource }));
}

/** What a new delivery stream names. */
export function rightsToUseNew(
  request: CreateInput,
  context: Pick<DeliveryStreamContext, "region" | "accountId">,
): readonly Right[] {
  const settings =
    request.ExtendedS3DestinationConfiguration ?? request.S3DestinationConfiguration ?? {};
  const encryption = request.DeliveryStreamEncryptionConfigurationInput;
  return rightsToUse([...namedTargets(settings, context), ...targetsOfEncryption(encryption)]);
}

export function targetsOfEncryption(
  input: { readonly KeyARN?: string | undefined } | undefined,
): readonly NamedTarget[] {
  return input?.KeyARN === undefined ? [] : [{ kind: "streamKey", arn: input.KeyARN }];
}

/**
 * What a delivery stream would use besides, which is looked up as it stands.
 * @param changed its settings as they would be
 */
export async function rightsToUseBesides(
  streamName: string,
  context: Pick<DeliveryStreamContext, "region" | "accountId"> & {
    readonly deliveryStreams: Pick<DeliveryStreamContext["deliveryStreams"], "get">;
  },
  changed: (standing: ExtendedS3Configuration) => NamedSettings,
): Promise<readonly Right[]> {
  const stream = await context.deliveryStreams.get(streamName);
  if (stream === undefined) return [];
  const standing = configurationOf(stream);
  return rightsToUse(namedTargets(changed(standing), context), namedTargets(standing, context));
}
