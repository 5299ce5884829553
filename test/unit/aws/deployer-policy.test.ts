/** docs/deployer-policy.json: it allows what deploying takes, nothing that nobody needs, and is a policy that IAM takes. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { BESIDES, BY_TYPE } from "../../helpers/deployer-rights.ts";
import { applies, isAllowed, isLike, listOf, type Statement } from "../../helpers/iam.ts";

/** Of a managed policy, without blanks. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const POLICY_MAX_CHARS = 6144;

const text = readFileSync(new URL("../../../docs/deployer-policy.json", import.meta.url), "utf8");
const { Statement: statements } = JSON.parse(text) as { readonly Statement: readonly Statement[] };

const needs = [
  ...Object.entries(BY_TYPE).flatMap(([name, rights]) =>
    [rights, ...(rights.besides ?? [])].map((each) => ({ name, facts: {}, ...each })),
  ),
  ...BESIDES.map((rights) => ({ name: rights.resource, facts: {}, ...rights })),
];

test.each(needs)("$name on $resource", ({ resource, actions, facts }) => {
  const denied = actions.filter((action) => !isAllowed(statements, action, resource, facts));
  expect(denied).toEqual([]);
});

describe("nobody else's", () => {
  test.each([
    ["dynamodb:DeleteTable", "arn:aws:dynamodb:eu-west-1:123456789012:table/others"],
    ["s3:GetObject", "arn:aws:s3:::hydrant-prod-delivery-123456789012/2026/x"],
    ["iam:PutRolePolicy", "arn:aws:iam::123456789012:role/others"],
    ["iam:PassRole", "arn:aws:iam::123456789012:role/hydrant-prod-ApiRole-AB12"],
    ["lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:123456789012:function:hydrant-prod-api"],
    // But by CloudFormation.
    ["cloudfront:UpdateDistribution", "arn:aws:cloudfront::123456789012:distribution/E1ABCDEF"],
    ["dynamodb:PutItem", "arn:aws:dynamodb:eu-west-1:123456789012:table/hydrant-prod-state"],
  ])("%s on %s", (action, resource) => {
    expect(isAllowed(statements, action, resource)).toBe(false);
  });

  test.each(["access-key#HYD1", "access-keys", "secret#tokens", "aws-roles"])("item %s", (key) => {
    const table = "arn:aws:dynamodb:eu-west-1:123456789012:table/hydrant-prod-state";
    const facts = { "dynamodb:LeadingKeys": [key] };
    expect(isAllowed(statements, "dynamodb:GetItem", table, facts)).toBe(false);
  });
});

test("allows nothing that nobody needs", () => {
  const idle = statements.flatMap((statement) =>
    listOf(statement.Action).filter(
      (pattern) =>
        !needs.some(({ resource, actions, facts }) =>
          actions.some(
            (action) => isLike(pattern, action) && applies(statement, action, resource, facts),
          ),
        ),
    ),
  );
  expect(idle).toEqual([]);
});

test("is short enough for IAM", () => {
  expect(text.replaceAll(/\s/g, "").length).toBeLessThanOrEqual(POLICY_MAX_CHARS);
});
