/** What a removed stack leaves: the tables and buckets that are told to stay, and nothing besides. */
import { STACK } from "./deployment.ts";
import type { Emulator } from "./emulator.ts";

const STAYS = [`${STACK}-state`, `${STACK}-delivery-`];

export function checkRemoved({ call }: Emulator): void {
  const names: readonly string[] = [
    ...call("dynamodb", "list_tables").TableNames,
    ...call("s3", "list_buckets").Buckets.map(({ Name }: { readonly Name: string }) => Name),
    ...(call("sqs", "list_queues").QueueUrls ?? []),
    ...call("lambda", "list_functions").Functions.map(
      ({ FunctionName }: { readonly FunctionName: string }) => FunctionName,
    ),
    ...call("iam", "list_roles").Roles.map(
      ({ RoleName }: { readonly RoleName: string }) => RoleName,
    ),
    ...call("events", "list_rules").Rules.map(({ Name }: { readonly Name: string }) => Name),
    ...call("logs", "describe_log_groups").logGroups.map(
      ({ logGroupName }: { readonly logGroupName: string }) => logGroupName,
    ),
  ].filter((name: string) => name.includes("hydrant"));
  const left = names.filter((name) => !STAYS.some((start) => name.startsWith(start)));
  console.log(`what stays: ${names.join(", ")}`);
  if (left.length > 0) throw new Error(`the removed stack has left ${left.join(", ")}`);
}
