/**
 * Custom::HydrantResourcePolicy: the policy of a stream or of a consumer, with PutResourcePolicy's members. There is one of each,
 * so that one which stands by a call, or by another declaration, is refused rather than replaced; what a call makes of
 * a declared one since is the stack's all the same. Its id is the ARN and a generation that is noted with the policy.
 */
import { ServiceError } from "../../errors.ts";
import { RESOURCE_POLICY_MAX_LENGTH } from "../../limits.ts";
import { type Infer, required, string, structure } from "../../wire/shape.ts";
import { resourceArn } from "../kinesis/common-shapes.ts";
import { deleteResourcePolicy } from "../kinesis/delete-resource-policy.ts";
import { putPolicy } from "../kinesis/put-resource-policy.ts";
import { findResource, holdingOf } from "../kinesis/resource.ts";
import type { DeclaredKind } from "./declared-kind.ts";
import { idOfGeneration, partsOfId } from "./generation-id.ts";
import { invalidParameter } from "./refusals.ts";

const properties = structure({
  ResourceARN: required(resourceArn),
  /** As text. */
  Policy: required(string({ maxLength: RESOURCE_POLICY_MAX_LENGTH })),
});

type DeclaredPolicy = Infer<typeof properties>;

interface Standing {
  readonly ResourceARN: string;
  readonly generation: string;
}

export const declaredPolicy: DeclaredKind<DeclaredPolicy, Standing> = {
  properties,
  traits: { violationValue: "printed" },
  rights: ({ ResourceARN: resource }) => [{ action: "kinesis:PutResourcePolicy", resource }],
  newId: ({ ResourceARN }, seed) => idOfGeneration(ResourceARN, seed),
  async find(id, context) {
    const { name: ResourceARN, generation } = partsOfId(id);
    try {
      const { policyGeneration } = holdingOf(await findResource({ ResourceARN }, context));
      return policyGeneration === generation ? { ResourceARN, generation } : undefined;
    } catch (error) {
      // It went with what it was of, or the id never named anything.
      if (error instanceof ServiceError) return undefined;
      throw error;
    }
  },
  isLeftOver: async () => false,
  canBecome: (standing, { ResourceARN }) => standing.ResourceARN === ResourceARN,
  create: (id, { ResourceARN, Policy: policy }, context) => {
    const { generation: policyGeneration } = partsOfId(id);
    return putPolicy({ ResourceARN }, context, (standing) => {
      if (standing.policy === undefined) return { ...standing, policy, policyGeneration };
      throw invalidParameter(
        `${ResourceARN} has a policy already, which this stack has not put. Delete it first (DeleteResourcePolicy), or declare it in one place.`,
      );
    });
  },
  change: ({ ResourceARN }, { Policy: policy }, context) =>
    putPolicy({ ResourceARN }, context, (standing) => ({ ...standing, policy })),
  async remove({ ResourceARN }, context) {
    await deleteResourcePolicy.handle({ ResourceARN }, context);
  },
  attributes: (id) => ({ ResourceARN: partsOfId(id).name }),
};
