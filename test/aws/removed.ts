/** What a removed stack leaves: the tables and buckets that are told to stay, and nothing besides. */
import { STACK } from "./deployment.ts";
import { ACCOUNT_ID, type Emulator } from "./emulator.ts";

const STAYS = [
  `${STACK}-state`,
  `${STACK}-log`,
  `${STACK}-delivery-${ACCOUNT_ID}`,
  `${STACK}-log-${ACCOUNT_ID}`,
];

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
  console.log(`what stays: ${names.join(", ")}`);
  const left = names.filter((name) => !STAYS.includes(name));
  if (left.length > 0) throw new Error(`the removed stack has left ${left.join(", ")}`);
  const gone = STAYS.filter((name) => !names.includes(name));
  if (gone.length > 0) throw new Error(`the removed stack has taken ${gone.join(", ")} with it`);
}
