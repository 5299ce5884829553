/** What a mapping names for Hydrant to work on: its function, and who is told of what was given up. */
import { REPORTS_FOLDER } from "../../consumer/failure-document.ts";
import type { EventSourceMapping } from "../../consumer/mapping.ts";
import { bucketNameProblem } from "../../targets/bucket-name.ts";
import type { NamedTarget } from "../../targets/kinds.ts";
import { targetProblem, type TargetRules } from "../../targets/rules.ts";
import type { MappingContext } from "../context.ts";
import { readFunction } from "../function-arn.ts";
import { invalidParameter } from "./refusals.ts";

type Named = Partial<Pick<EventSourceMapping, "functionArn" | "onFailureArn">>;

export function targetsOfMapping({ functionArn, onFailureArn }: Named): readonly NamedTarget[] {
  const isBucket = onFailureArn?.split(":")[2] === "s3";
  return [
    ...(functionArn === undefined ? [] : [{ kind: "consumer", arn: functionArn } as const]),
    ...(onFailureArn === undefined
      ? []
      : [
          {
            kind: "failures",
            arn: isBucket ? `${onFailureArn}/${REPORTS_FOLDER}` : onFailureArn,
          } as const,
        ]),
  ];
}

/** Throws for the first that the deployment does not let anybody name. */
export function checkMappingTargets(
  mapping: Named,
  { targets: rules }: Pick<MappingContext, "targets">,
): void {
  for (const target of targetsOfMapping(mapping)) {
    const problem = addressProblem(target, rules) ?? targetProblem(target, rules);
    if (problem !== undefined) throw invalidParameter(problem);
  }
}

function addressProblem({ arn }: NamedTarget, { partition }: TargetRules): string | undefined {
  const start = `arn:${partition}:`;
  if (!arn.startsWith(start)) return `The destination must begin with ${start}, got ${arn}`;
  const [, , service, , , name = ""] = arn.split(":");
  return service === "s3" ? bucketNameProblem(name.split("/")[0] ?? "") : undefined;
}

/** As a request names them, which may be malformed in any way. */
export function targetsNamed(
  {
    FunctionName,
    DestinationConfig,
  }: {
    readonly FunctionName?: string | undefined;
    readonly DestinationConfig?:
      | { readonly OnFailure?: { readonly Destination?: string | undefined } | undefined }
      | undefined;
  },
  context: MappingContext,
): readonly NamedTarget[] {
  const functionArn = FunctionName && (readFunction(FunctionName, context)?.arn ?? FunctionName);
  const onFailureArn = DestinationConfig?.OnFailure?.Destination;
  return targetsOfMapping({
    ...(functionArn && { functionArn }),
    ...(onFailureArn && { onFailureArn }),
  });
}
