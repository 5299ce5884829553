/**
 * That a caller may use what a request names: `hydrant:UseTarget` on each target's ARN, as AWS asks for `iam:PassRole` on a
 * role. What a delivery stream uses already somebody was allowed to name; only what would be new of it is asked for.
 */
import type { DeliveryStream } from "../../delivery/delivery-stream.ts";
import type { NamedTarget } from "../../targets/kinds.ts";
import type { Right } from "../../wire/operation.ts";
import type { DeliveryStreamContext } from "../context.ts";
import type { CreateInput } from "./create-input.ts";
import { standingDestination, targetsOf, targetsOfNew } from "./destination.ts";

const USE_TARGET = "hydrant:UseTarget";

/** Each once, but for what is in use already. */
export function rightsToUse(
  named: readonly NamedTarget[],
  standing: readonly NamedTarget[] = [],
): readonly Right[] {
  const inUse = new Set(standing.map(({ arn }) => arn));
  const wanted = named.filter(({ arn }) => !inUse.has(arn));
  const resources = new Set(wanted.map(resourceOf));
  return [...resources].map((resource) => ({ action: USE_TARGET, resource }));
}

/** In policies a URL stands behind the form of an ARN: `arn:aws:hydrant:::endpoint/https://intake.example.com/logs`. */
function resourceOf({ kind, arn }: NamedTarget): string {
  return kind === "endpoint" ? `arn:aws:hydrant:::endpoint/${arn}` : arn;
}

/** What a new delivery stream names. */
export function rightsToUseNew(
  request: CreateInput,
  context: Pick<DeliveryStreamContext, "region" | "accountId">,
): readonly Right[] {
  const encryption = request.DeliveryStreamEncryptionConfigurationInput;
  return rightsToUse([...targetsOfNew(request, context), ...targetsOfEncryption(encryption)]);
}

export function targetsOfEncryption(
  input: { readonly KeyARN?: string | undefined } | undefined,
): readonly NamedTarget[] {
  return input?.KeyARN === undefined ? [] : [{ kind: "streamKey", arn: input.KeyARN }];
}

/**
 * What a delivery stream would use besides, which is looked up as it stands.
 * @param changed all that it would name
 */
export async function rightsToUseBesides(
  streamName: string,
  context: Pick<DeliveryStreamContext, "region" | "accountId"> & {
    readonly deliveryStreams: Pick<DeliveryStreamContext["deliveryStreams"], "get">;
  },
  changed: (standing: DeliveryStream) => readonly NamedTarget[],
): Promise<readonly Right[]> {
  const stream = await context.deliveryStreams.get(streamName);
  if (stream === undefined) return [];
  return rightsToUse(changed(stream), targetsOf(standingDestination(stream), context));
}
