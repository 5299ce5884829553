/**
 * The functions' policies against the calls that were recorded of them (`HYDRANT_RECORD_CALLS`, offline/recording): calls that
 * their roles do not allow, and rights that no call has used. A right is an action on a resource, a resource of a statement, or a
 * beginning of partition keys; each has to have been of use to somebody.
 */
import { ACCOUNT_ID, REGION } from "../../../offline/aws-json.ts";
import type { DescribedCall } from "../../../offline/recording/describe.ts";
import { actionsNeeded } from "../../helpers/aws-actions.ts";
import {
  applies,
  type Facts,
  functionArn,
  isArnLike,
  isLike,
  listOf,
  renderDeployment,
  type Statement,
} from "../../helpers/iam.ts";

export interface RecordedCall extends DescribedCall {
  readonly function: string;
}

/** Whose role the calls of each function are held against; the same code serves both doors. */
const ROLES: Readonly<Record<string, readonly string[]>> = {
  api: ["ApiRole", "SubscribeRole"],
  doorbell: ["DoorbellRole"],
  deliver: ["DeliverRole"],
  consume: ["ConsumeRole"],
  sweep: ["SweepRole"],
  mappings: ["MappingsRole"],
};

const ALL_ROLES = [...new Set(Object.values(ROLES).flat())];

/** Everything that a user names may be named, as in the stack that was recorded. */
const PARAMS = {
  destinationBuckets: "*",
  transformFunctions: functionArn("*"),
  consumerFunctions: functionArn("*"),
  failureDestinations: `arn:aws:sqs:${REGION}:${ACCOUNT_ID}:*,arn:aws:s3:::*`,
  redrivenObjects: "move",
};

interface Use {
  readonly role: string;
  readonly action: string;
  readonly resource: string;
  readonly facts: Facts;
  readonly call: RecordedCall;
}

/** `users` becomes a name that nobody else has. */
const named = (name: string) => (name === "users" ? "a-users-own" : name);

function arnOf({ service, resource }: DescribedCall): string {
  switch (service) {
    case "dynamodb":
      return `arn:aws:dynamodb:${REGION}:${ACCOUNT_ID}:table/${resource}`;
    case "s3": {
      const [bucket = "", ...inside] = resource.split("/");
      const key = inside.join("/").replace(/^users$|(?<=\/)$/, "x");
      return `arn:aws:s3:::${named(bucket)}${inside.length === 0 ? "" : `/${key}`}`;
    }
    case "lambda":
      return functionArn(named(resource));
    case "events":
      return `arn:aws:events:${REGION}:${ACCOUNT_ID}:rule/${resource}`;
    case "glue":
      return `arn:aws:glue:${REGION}:${ACCOUNT_ID}:table/a/b`;
    default:
      return `arn:aws:${service}:${REGION}:${ACCOUNT_ID}:${named(resource)}`;
  }
}

function usesOf(calls: readonly RecordedCall[]): readonly Use[] {
  return calls.flatMap((call) => {
    const facts: Facts =
      call.partition === undefined
        ? {}
        : { "dynamodb:LeadingKeys": [call.partition.replace("…", "x")] };
    const roles = ROLES[call.function];
    if (roles === undefined) throw new Error(`no role is known of ${call.function}`);
    return roles.flatMap((role) =>
      actionsNeeded(call.service, call.operation).map((action) => ({
        role,
        action,
        resource: arnOf(call),
        facts,
        call,
      })),
    );
  });
}

export interface Findings {
  /** `ApiRole: dynamodb:PutItem on …` */
  readonly denied: readonly string[];
  readonly unused: readonly string[];
}

export function checkRights(calls: readonly RecordedCall[]): Findings {
  const deployment = renderDeployment(PARAMS);
  const uses = usesOf(calls);
  const denied = uses
    .filter(({ role, action, resource, facts }) => !deployment.may(role, action, resource, facts))
    .map(({ role, action, resource, call: { partition = "" } }) =>
      `${role}: ${action} on ${resource} ${partition}`.trimEnd(),
    );
  const unused = ALL_ROLES.flatMap((role) => {
    const own = uses.filter((use) => use.role === role);
    return deployment
      .statementsOf(role)
      .filter(({ Effect }) => Effect === "Allow")
      .flatMap((statement) => unusedOf(statement, own))
      .map((right) => `${role}: ${right}`);
  });
  return { denied: [...new Set(denied)].toSorted(), unused: [...new Set(unused)].toSorted() };
}

function unusedOf(statement: Statement, uses: readonly Use[]): readonly string[] {
  const by = uses.filter(({ action, resource, facts }) =>
    applies(statement, action, resource, facts),
  );
  const actions = listOf(statement.Action);
  const resources = listOf(statement.Resource ?? []);
  const keys = Object.values(statement.Condition ?? {}).flatMap((each) =>
    listOf(each["dynamodb:LeadingKeys"] ?? []),
  );
  const where =
    keys.length === 0 ? resources.join(", ") : `${resources.join(", ")} ${keys.join(", ")}`;
  const idle = actions.filter((action) => !by.some((use) => isLike(action, use.action)));
  // What nobody has used at all is said once.
  if (idle.length === actions.length) return idle.map((action) => `${action} on ${where}`);
  return [
    ...idle.map((action) => `${action} on ${where}`),
    ...resources
      .filter((resource) => !by.some((use) => isArnLike(resource, use.resource)))
      .map((resource) => `${actions.join(", ")} on ${resource}`),
    ...keys
      .filter(
        (key) =>
          !by.some(({ facts }) =>
            facts["dynamodb:LeadingKeys"]?.some((found) => isLike(key, found)),
          ),
      )
      .map((key) => `${actions.join(", ")} on keys ${key}`),
  ];
}
