/**
 * The compatibility page, written from the operation tables: what is offered, what is not and why, and where
 * what is offered does not do what AWS does. Pure, so that a test can compare the committed page with it.
 */
import type { AnyOperation, Difference, NotOffered, Service } from "./operation.ts";

/** What holds for every service: how calls are made and refused. */
export const FRONT_DOOR_DIFFERENCES: readonly Difference[] = [
  {
    about: "Operations that are not offered",
    aws: "Every operation works.",
    hydrant:
      "A signed call of one is an `UnsupportedOperationException` (400, not retried): `<Operation> is not offered by Hydrant: <why>`. Names AWS does not have are an `UnknownOperationException`.",
  },
  {
    about: "Credentials",
    aws: "IAM users, roles and session tokens.",
    hydrant:
      "Hydrant's own access keys; for AWS roles that the deployment lists, keys of an hour with session tokens, by `hydrant credentials`. Any other session token is an `UnrecognizedClientException`.",
  },
  {
    about: "Signing",
    aws: "SigV4 and SigV4A, in the headers or in the query; unsigned payloads on some services.",
    hydrant:
      "SigV4 in the headers, over the whole body; `host`, `x-amz-date` and `x-amz-target` must be signed, and `content-type` for a body in CBOR: one that is not signed is taken as JSON only.",
  },
  {
    about: "The same signed request again",
    aws: "Not known.",
    hydrant:
      "What is sent again byte for byte within 15 minutes is carried out again: a record is stored a second time, unless the request carries an invocation id (`amz-sdk-invocation-id`), as those of the SDKs do.",
  },
  {
    about: "Clock skew",
    aws: "5 minutes either way.",
    hydrant: "15 minutes either way.",
  },
  {
    about: "Policies",
    aws: "IAM: identity, resource and session policies, conditions, boundaries.",
    hydrant:
      "One policy per access key, and resource policies: statements with Effect, Action, Resource and conditions on address, transport, time, tags and principal; explicit deny wins. NotAction, NotResource, variables and whatever else is not listed in docs/access.md are refused when the policy is made. A malformed request is refused for its form before the policy is asked.",
  },
  {
    about: "Encodings",
    aws: "AWS JSON 1.1, and CBOR for Data Streams. Errors of `application/json` requests come in a wrapper of their own.",
    hydrant:
      "AWS JSON 1.1 and CBOR, both for every operation. `application/json` is taken for AWS JSON 1.1, answers and errors alike.",
  },
  {
    about: "Size of a request",
    aws: "Up to 7 MiB, for Data Streams more.",
    hydrant:
      "What fits a Lambda invocation: 6 MiB. More is a `RequestEntityTooLargeException` with the status 413.",
  },
  {
    about: "What a request may consist of",
    aws: "Not known.",
    hydrant:
      "At most 50,000 values, 64 deep; more is a `SerializationException`. Texts, lists and maps that AWS's models leave without a bound have one of 2,048 characters or 1,000 entries.",
  },
  {
    about: "Refused texts that are too long",
    aws: "Are held against their pattern, too, and repeated whole.",
    hydrant:
      "Only their length is named. A sentence repeats at most 1,024 characters of a text, and the ARNs of Data Streams may have neither further colons nor white space before their resource.",
  },
  {
    about: "Nulls among the entries of lists and maps",
    aws: "Not known.",
    hydrant: "Are refused at their place: `Member must not be null`.",
  },
  {
    about: "Bad base64",
    aws: "The message repeats the text.",
    hydrant: "The message repeats at most its first 100 characters.",
  },
];

export function printCompatibility(services: readonly Service<never>[]): string {
  return [
    "# Compatibility",
    "",
    "Printed from the operation tables by `npm run docs:compatibility`; do not edit by hand.",
    "",
    "What AWS's services have and is offered here has a test of its own under `test/conformance`, one file per",
    "operation; those of Data Streams run through the AWS SDK for JavaScript, in CBOR as Java's clients speak it,",
    "and on `npm run test:conformance` through boto3 and the AWS CLI as well.",
    "",
    "## Every call",
    "",
    ...differenceTable(FRONT_DOOR_DIFFERENCES),
    ...services.flatMap(printService),
  ].join("\n");
}

function printService({ title, targetPrefix, operations, differences }: Service<never>) {
  const rows = [...operations].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const offered = rows.filter(([, row]) => row.kind === "operation");
  return [
    `## ${title}`,
    "",
    `Target prefix \`${targetPrefix}\`; ${offered.length} of ${rows.length} operations.`,
    "",
    "| operation | offered |",
    "| --- | --- |",
    ...rows.map(([name, row]) => `| ${name} | ${cell(statusOf(row))} |`),
    "",
    ...(differences.length > 0
      ? ["### Differs from AWS", "", ...differenceTable(differences)]
      : []),
  ];
}

function statusOf(row: AnyOperation<never> | NotOffered): string {
  return row.kind === "operation" ? "yes" : `no: ${row.reason}`;
}

function differenceTable(differences: readonly Difference[]): readonly string[] {
  return [
    "| about | AWS | Hydrant |",
    "| --- | --- | --- |",
    ...differences.map(
      ({ about, aws, hydrant }) => `| ${[about, aws, hydrant].map(cell).join(" | ")} |`,
    ),
    "",
  ];
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
