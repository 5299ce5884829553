/**
 * What is Hydrant's own, and nobody's target whatever the deployment lists: a delivery into the log bucket would stand among
 * the records of others, a report to a work queue would be work. What the deployment makes for its users is not of these:
 * the delivery bucket, the two example functions, the queue for failures.
 */
import { matchesWildcard } from "../wildcard.ts";
import type { NamedTarget } from "./kinds.ts";

export interface Deployment {
  readonly region: string;
  /** Twelve digits. */
  readonly accountId: string;
  /** `hydrant-prod`: what the names of all its parts begin with. */
  readonly stack: string;
  readonly logBucket: string;
}

export const OWN_FUNCTIONS = [
  "api",
  "subscribe",
  "doorbell",
  "deliver",
  "consume",
  "sweep",
  "mappings",
] as const;

/** What the names of bridges begin with. */
const BRIDGE = "bridge-";

export const OWN_QUEUES = [
  "deliver",
  "deliver-dead-letters",
  "consume",
  "consume-dead-letters",
  "rings",
  "doorbell-dead-letters",
] as const;

/** As CloudFormation names what has no name of its own: `hydrant-prod-ApiRole-1A2B3C`. */
const OWN_ROLE = "*Role-*";

export function isOwn({ kind, arn }: NamedTarget, deployment: Deployment): boolean {
  const [, , service = "", , accountId = "", ...rest] = arn.split(":");
  const name = rest.join(":");
  if (service === "s3") return isOwnBucket(name.split("/")[0] ?? "", deployment);
  if (accountId !== deployment.accountId) return false;
  const { stack } = deployment;
  switch (service) {
    case "lambda": {
      // function:<name>, with a version or an alias or without
      const functionName = rest[1] ?? "";
      return (
        functionName.startsWith(`${stack}-${BRIDGE}`) ||
        OWN_FUNCTIONS.some((part) => functionName === `${stack}-${part}`)
      );
    }
    case "sqs":
      return OWN_QUEUES.some((part) => name === `${stack}-${part}`);
    case "logs":
      // log-group:<name>: those of all its functions, the examples among them.
      return matchesWildcard(`/aws/lambda/${stack}-*`, rest[1] ?? "");
    case "iam":
      return kind === "role" && matchesWildcard(`role/${stack}-${OWN_ROLE}`, name);
    default:
      return false;
  }
}

/** Of every stage of the account: what a log bucket holds are records. S3 tells names apart by case, file systems may not. */
export function isOwnBucket(
  bucket: string,
  { accountId, logBucket }: Pick<Deployment, "accountId" | "logBucket">,
): boolean {
  const name = bucket.toLowerCase();
  const ofStages = `hydrant-*-log-${accountId}`;
  return [logBucket.toLowerCase(), ofStages, `${ofStages}-*`].some((own) =>
    matchesWildcard(own, name),
  );
}
