/**
 * What CloudFormation asks of a custom resource, and what it is answered: each kind of resource is brought to what is
 * declared of it, whatever it was before. A request may come twice, so the ids of what it makes are derived from it, and
 * a failed Create is answered with an id that names nobody else's, for CloudFormation then asks to delete it.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html
 */
import { derivedUuid } from "../../derived-uuid.ts";
import { toServiceError } from "../../errors.ts";
import { DECLARED_REASON_MAX_LENGTH } from "../../limits.ts";
import { ownMember } from "../../own-member.ts";
import type { Right } from "../../wire/operation.ts";
import { decodeTextProperties } from "../../wire/text-properties.ts";
import { validate } from "../../wire/validate.ts";
import type { DeclaredContext } from "../context.ts";
import type { DeclaredKind } from "./declared-kind.ts";
import { declaredConsumer } from "./declared-consumer.ts";
import { declaredDeliveryStream } from "./declared-delivery-stream.ts";
import { declaredMapping } from "./declared-mapping.ts";
import { declaredPolicy } from "./declared-policy.ts";
import { declaredStream } from "./declared-stream.ts";
import { refuseUnknownMembers } from "./declared-members.ts";
import { invalidParameter } from "./refusals.ts";

export interface DeclaredRequest {
  readonly RequestType: "Create" | "Update" | "Delete";
  /** Where the answer is put. */
  readonly ResponseURL: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  readonly ResourceType: string;
  /** Absent when it is to be created. */
  readonly PhysicalResourceId?: string;
  readonly ResourceProperties?: Readonly<Record<string, unknown>>;
}

export interface DeclaredAnswer {
  readonly Status: "SUCCESS" | "FAILED";
  /** Why it failed. */
  readonly Reason?: string;
  readonly PhysicalResourceId: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  /** For Fn::GetAtt. */
  readonly Data?: Readonly<Record<string, string>>;
}

/** A kind in the table, its types forgotten: only what its own shape decoded and its own `find` found goes in. */
type AnyKind = DeclaredKind<unknown, unknown>;

export const DECLARED_KINDS: Readonly<Record<string, AnyKind>> = {
  "Custom::HydrantEventSourceMapping": declaredMapping,
  "Custom::HydrantStream": declaredStream,
  "Custom::HydrantDeliveryStream": declaredDeliveryStream,
  "Custom::HydrantStreamConsumer": declaredConsumer,
  "Custom::HydrantResourcePolicy": declaredPolicy,
};

/** CloudFormation's own among the properties. */
const FOREIGN_PROPERTIES: ReadonlySet<string> = new Set(["ServiceToken", "ServiceTimeout"]);

export interface Answered {
  readonly answer: DeclaredAnswer;
  /** What was thrown, when it was not meant for the caller. */
  readonly failure?: unknown;
}

/** @param refuseDenied throws AccessDeniedException for what the policies of streams deny the account */
export async function answerDeclared(
  request: DeclaredRequest,
  context: DeclaredContext,
  refuseDenied: (rights: readonly Right[]) => Promise<void>,
): Promise<Answered> {
  const { StackId, RequestId, LogicalResourceId, ResourceType } = request;
  const seed = derivedUuid(StackId, LogicalResourceId, RequestId);
  let id = request.PhysicalResourceId ?? seed;
  const answer = (outcome: Pick<DeclaredAnswer, "Status" | "Reason" | "Data">) => ({
    ...outcome,
    PhysicalResourceId: id,
    StackId,
    RequestId,
    LogicalResourceId,
  });
  try {
    const kind = ownMember(DECLARED_KINDS, ResourceType);
    if (request.RequestType === "Delete") {
      if (kind !== undefined) await removeStanding(kind, id, context, request);
      return { answer: answer({ Status: "SUCCESS" }) };
    }
    if (kind === undefined) throw unknownType(ResourceType);
    const declared = readProperties(kind, request.ResourceProperties ?? {});
    const newId = kind.newId(declared, seed);
    if (request.RequestType === "Create") id = newId;
    await refuseDenied(kind.rights?.(declared) ?? []);
    id = await bringAbout(kind, declared, [id, newId], context);
    return { answer: answer({ Status: "SUCCESS", Data: await kind.attributes(id, context) }) };
  } catch (thrown) {
    const error = toServiceError(thrown);
    const Reason = error.message.slice(0, DECLARED_REASON_MAX_LENGTH);
    return {
      answer: answer({ Status: "FAILED", Reason }),
      ...(error !== thrown && { failure: thrown }),
    };
  }
}

/** What stands under one of the ids is changed, if it can be; else there will be one under the last of them. */
async function bringAbout(
  kind: AnyKind,
  declared: unknown,
  ids: readonly [string, string],
  context: DeclaredContext,
): Promise<string> {
  for (const id of ids) {
    const standing = await kind.find(id, context);
    if (standing === undefined) continue;
    if (await kind.isLeftOver(standing, context)) {
      await kind.remove(standing, context);
      continue;
    }
    if (!kind.canBecome(standing, declared)) continue;
    await kind.change(standing, declared, context);
    return id;
  }
  const [known, newId] = ids;
  try {
    await kind.create(newId, declared, context);
  } catch (error) {
    // Of what takes another's place CloudFormation hears only when it stands, and would never ask to delete it.
    if (newId !== known) await removeStanding(kind, newId, context).catch(() => undefined);
    throw error;
  }
  return newId;
}

/** @param request the Delete, if it is one: what stands may be protected from it */
async function removeStanding(
  kind: AnyKind,
  id: string,
  context: DeclaredContext,
  request?: DeclaredRequest,
): Promise<void> {
  const standing = await kind.find(id, context);
  if (standing === undefined) return;
  if (request !== undefined) refuseProtected(kind, id, request.ResourceProperties ?? {});
  await kind.remove(standing, context);
}

/** By what was declared of it last, which comes with the request. */
function refuseProtected(
  { properties }: AnyKind,
  id: string,
  { DeletionProtection }: Readonly<Record<string, unknown>>,
): void {
  const isProtected = String(DeletionProtection).toLowerCase() === "true";
  if (!isProtected || !Object.hasOwn(properties.members, "DeletionProtection")) return;
  throw invalidParameter(
    `${id} is protected from deletion. Declare it with DeletionProtection: false first, or with DeletionPolicy: Retain to leave it as it is.`,
  );
}

function readProperties(
  { properties, traits }: AnyKind,
  given: Readonly<Record<string, unknown>>,
): unknown {
  const own = Object.entries(given).filter(([name]) => !FOREIGN_PROPERTIES.has(name));
  refuseUnknownMembers(properties, Object.fromEntries(own));
  const declared = decodeTextProperties(properties, given);
  validate(properties, declared, traits);
  return declared;
}

function unknownType(type: string) {
  return invalidParameter(
    `The type of the resource must be ${Object.keys(DECLARED_KINDS).join(" or ")}, got ${type}.`,
  );
}
