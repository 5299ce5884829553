/**
 * What a function said about its batch. With `ReportBatchItemFailures` an empty or absent list is success; a
 * list that names anything unknown, or an answer that cannot be read, counts as failure of the whole batch.
 */
import type { Invocation } from "../invoke.ts";

export type BatchOutcome =
  | { readonly kind: "succeeded" }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "partial"; readonly failed: ReadonlySet<string> };

export function readBatchOutcome(
  invocation: Invocation,
  identifiers: readonly string[],
  reportsItems: boolean,
): BatchOutcome {
  if (invocation.kind === "failed") return invocation;
  if (!reportsItems || invocation.payload === "") return { kind: "succeeded" };
  let answer: {
    readonly batchItemFailures?: readonly { readonly itemIdentifier?: string }[] | null;
  } | null;
  try {
    answer = JSON.parse(invocation.payload) as typeof answer;
  } catch {
    return { kind: "failed", message: "the function's answer is not JSON" };
  }
  const failures = answer?.batchItemFailures ?? [];
  if (failures.length === 0) return { kind: "succeeded" };
  const failed = new Set<string>();
  for (const { itemIdentifier } of failures) {
    if (itemIdentifier === undefined || !identifiers.includes(itemIdentifier)) {
      return { kind: "failed", message: `unknown itemIdentifier ${String(itemIdentifier)}` };
    }
    failed.add(itemIdentifier);
  }
  return { kind: "partial", failed };
}
