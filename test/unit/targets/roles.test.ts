/**
 * The lists of targets and the roles' policies come from the same parameters: what is taken when it is named is what IAM
 * lets the functions do afterwards, and what is Hydrant's own neither takes, whatever the lists say.
 */
import { describe, expect, test } from "vitest";
import { ACCOUNT_ID, REGION } from "../../../offline/aws-json.ts";
import type { NamedTarget, TargetKind } from "../../../src/targets/kinds.ts";
import { TARGET_KINDS } from "../../../src/targets/kinds.ts";
import { targetProblem } from "../../../src/targets/rules.ts";
import { localTargets, TARGET_VARIABLES } from "../../../offline/targets.ts";
import { OWN_FUNCTIONS } from "../../../src/targets/own.ts";
import { functionArn, renderDeployment } from "../../helpers/iam.ts";
import { declaredFunctions, renderedDefault } from "../../helpers/resources.ts";
import { targetRules } from "../../helpers/targets.ts";

const here = { region: REGION, accountId: ACCOUNT_ID };
const queueArn = (name: string) => `arn:aws:sqs:${REGION}:${ACCOUNT_ID}:${name}`;
const logArn = (group: string) => `arn:aws:logs:${REGION}:${ACCOUNT_ID}:log-group:${group}`;

const domainArn = (name: string) => `arn:aws:es:${REGION}:${ACCOUNT_ID}:domain/${name}`;

/** What each kind's worker does there. */
const DEEDS: Readonly<
  Record<TargetKind, readonly { role: string; action: string; at: (arn: string) => string }[]>
> = {
  bucket: [{ role: "DeliverRole", action: "s3:PutObject", at: (arn) => `${arn}2026/x` }],
  transform: ["ApiRole", "SubscribeRole", "DeliverRole"].map((role) => ({
    role,
    action: "lambda:InvokeFunction",
    at: (arn) => arn,
  })),
  consumer: [{ role: "ConsumeRole", action: "lambda:InvokeFunction", at: (arn) => arn }],
  failures: [
    {
      role: "ConsumeRole",
      action: "failures",
      at: (arn) => arn,
    },
  ],
  errorLog: [{ role: "DeliverRole", action: "logs:PutLogEvents", at: (arn) => arn }],
  table: ["ApiRole", "SubscribeRole", "DeliverRole"].map((role) => ({
    role,
    action: "glue:GetTable",
    at: (arn) => arn,
  })),
  streamKey: [
    ...["ApiRole", "SubscribeRole", "MappingsRole"].map((role) => ({
      role,
      action: "kms:GenerateDataKey",
      at: (arn: string) => arn,
    })),
    ...["ApiRole", "DeliverRole", "ConsumeRole"].map((role) => ({
      role,
      action: "kms:Decrypt",
      at: (arn: string) => arn,
    })),
  ],
  // The key's own policy lets the deliver function use it, or does not.
  objectKey: [],
  // IAM knows nothing of URLs: where connections go is looked at when they are made.
  endpoint: [],
  searchDomain: [
    { role: "DeliverRole", action: "es:DescribeDomain", at: (arn: string) => arn },
    { role: "DeliverRole", action: "aoss:APIAccessAll", at: (arn: string) => arn },
    { role: "DeliverRole", action: "es:ESHttpPost", at: (arn: string) => `${arn}/_bulk` },
  ],
  secret: [
    { role: "DeliverRole", action: "secretsmanager:GetSecretValue", at: (arn: string) => arn },
  ],
  icebergTable: [{ role: "DeliverRole", action: "glue:UpdateTable", at: (arn) => arn }],
  icebergBucket: [{ role: "DeliverRole", action: "s3:GetObject", at: (arn) => arn }],
  s3TableBucket: [
    { role: "DeliverRole", action: "s3tables:GetTableBucket", at: (arn) => arn },
    { role: "DeliverRole", action: "s3tables:PutTableData", at: (arn) => `${arn}/table/t` },
  ],
  // Who lists it says how it is entered: with a secret, say.
  icebergCatalog: [],
  warehouse: [
    { role: "DeliverRole", action: "redshift-data:BatchExecuteStatement", at: (arn) => arn },
    { role: "DeliverRole", action: "redshift:GetClusterCredentials", at: (arn) => arn },
  ],
  role: [{ role: "DeliverRole", action: "sts:AssumeRole", at: (arn) => arn }],
};

const ENCRYPTION = { "kms:EncryptionContextKeys": ["hydrant:stream"] };

const deployments = new Map<string, ReturnType<typeof renderDeployment>>();

function deploymentOf(params: Readonly<Record<string, string>>) {
  const key = JSON.stringify(params);
  const deployment = deployments.get(key) ?? renderDeployment(params);
  deployments.set(key, deployment);
  return deployment;
}

function outcomes(lists: Partial<Record<TargetKind, string>>, target: NamedTarget) {
  const params = Object.fromEntries(
    Object.entries(lists).map(([kind, list]) => [TARGET_KINDS[kind as TargetKind].parameter, list]),
  );
  const deployment = deploymentOf(params);
  const given = Object.fromEntries(
    Object.entries(TARGET_KINDS).map(([kind, { parameter }]) => [
      kind,
      lists[kind as TargetKind] ?? renderedDefault(parameter),
    ]),
  );
  const isTaken = targetProblem(target, targetRules(here, given)) === undefined;
  const byRoles = DEEDS[target.kind].map(({ role, action, at }) => {
    const isBucket = target.arn.startsWith("arn:aws:s3:::");
    const deed = action === "failures" ? (isBucket ? "s3:PutObject" : "sqs:SendMessage") : action;
    return deployment.may(role, deed, at(target.arn), ENCRYPTION);
  });
  return { isTaken, byRoles: [...new Set(byRoles)] };
}

const BOTH = (is: boolean) => ({ isTaken: is, byRoles: [is] });

describe("by the defaults", () => {
  test.each<[boolean, TargetKind, string]>([
    [true, "bucket", `arn:aws:s3:::hydrant-dev-delivery-${ACCOUNT_ID}/any/`],
    [false, "bucket", "arn:aws:s3:::others/"],
    [true, "transform", functionArn("hydrant-dev-transform")],
    [false, "transform", functionArn("hydrant-dev-transform:PROD")],
    [false, "transform", functionArn("hydrant-dev-consumer")],
    [false, "transform", functionArn("others")],
    [true, "consumer", functionArn("hydrant-dev-consumer")],
    [false, "consumer", functionArn("others")],
    [true, "failures", queueArn("hydrant-dev-consumer-failures")],
    [false, "failures", queueArn("others")],
    [false, "failures", `arn:aws:s3:::hydrant-dev-delivery-${ACCOUNT_ID}/aws/lambda/`],
    [true, "errorLog", `${logArn("/aws/kinesisfirehose/logs")}:log-stream:S3Delivery`],
    [false, "errorLog", `${logArn("/aws/lambda/others")}:log-stream:S3Delivery`],
    [true, "table", `arn:aws:glue:eu-west-1:${ACCOUNT_ID}:table/a/b`],
    [false, "table", `arn:aws:glue:eu-west-1:999999999999:table/a/b`],
    [false, "streamKey", `arn:aws:kms:${REGION}:${ACCOUNT_ID}:key/one`],
    [false, "searchDomain", domainArn("logs")],
    [false, "secret", `arn:aws:secretsmanager:${REGION}:${ACCOUNT_ID}:secret:intake-AbC123`],
    [false, "icebergTable", `arn:aws:glue:${REGION}:${ACCOUNT_ID}:table/a/b`],
    [true, "icebergBucket", `arn:aws:s3:::hydrant-dev-delivery-${ACCOUNT_ID}/lake/t/data/x`],
    [false, "icebergBucket", "arn:aws:s3:::others/lake"],
    [false, "s3TableBucket", `arn:aws:s3tables:${REGION}:${ACCOUNT_ID}:bucket/mine`],
    [false, "warehouse", `arn:aws:redshift:${REGION}:${ACCOUNT_ID}:cluster:logs`],
  ])("%s: a %s %s", (is, kind, arn) => {
    expect(outcomes({}, { kind, arn })).toEqual(BOTH(is));
  });
});

describe("by a list", () => {
  test.each<[boolean, TargetKind, string, string]>([
    [true, "bucket", "logs-*,one", "arn:aws:s3:::logs-a/x/"],
    [true, "bucket", "logs-*,one", "arn:aws:s3:::one/"],
    [false, "bucket", "logs-*,one", "arn:aws:s3:::ones/"],
    [false, "bucket", "logs-*,one", "arn:aws:s3:::One/"],
    [true, "bucket", "shared/team-a", "arn:aws:s3:::shared/team-a/logs/"],
    [false, "bucket", "shared/team-a", "arn:aws:s3:::shared/team-b/"],
    [false, "bucket", "shared/team-a", "arn:aws:s3:::shared/"],
    [false, "bucket", "shared/team-a", "arn:aws:s3:::shared/team-a2/"],
    [true, "transform", functionArn("clean-*"), functionArn("clean-logs")],
    [true, "transform", functionArn("clean-*"), functionArn("clean-logs:PROD")],
    [false, "transform", functionArn("clean"), functionArn("clean:$LATEST")],
    [false, "transform", functionArn("clean"), functionArn("Clean")],
    [false, "transform", functionArn("*"), `arn:aws:lambda:${REGION}:999999999999:function:clean`],
    [true, "consumer", functionArn("?lean"), functionArn("clean")],
    [false, "consumer", functionArn("?lean"), functionArn("lean")],
    [true, "failures", "arn:aws:s3:::reports", "arn:aws:s3:::reports/aws/lambda/"],
    [false, "failures", "arn:aws:s3:::report", "arn:aws:s3:::reports/aws/lambda/"],
    [true, "failures", queueArn("team-*"), queueArn("team-a")],
    [false, "failures", queueArn("team-*"), `arn:aws:sqs:${REGION}:999999999999:team-a`],
    [true, "errorLog", logArn("/teams/*"), `${logArn("/teams/a")}:log-stream:s`],
    [false, "errorLog", logArn("/teams/a"), `${logArn("/teams/ab")}:log-stream:s`],
    [
      true,
      "streamKey",
      `arn:aws:kms:${REGION}:${ACCOUNT_ID}:key/one`,
      `arn:aws:kms:${REGION}:${ACCOUNT_ID}:key/one`,
    ],
    [
      false,
      "streamKey",
      `arn:aws:kms:${REGION}:${ACCOUNT_ID}:key/one`,
      `arn:aws:kms:${REGION}:${ACCOUNT_ID}:alias/one`,
    ],
    [
      true,
      "table",
      `arn:aws:glue:${REGION}:${ACCOUNT_ID}:table/logs/*`,
      `arn:aws:glue:${REGION}:${ACCOUNT_ID}:table/logs/a`,
    ],
    [
      false,
      "table",
      `arn:aws:glue:${REGION}:${ACCOUNT_ID}:table/logs/*`,
      `arn:aws:glue:${REGION}:${ACCOUNT_ID}:table/other/a`,
    ],
    [
      true,
      "icebergTable",
      `arn:aws:glue:${REGION}:${ACCOUNT_ID}:table/logs/*`,
      `arn:aws:glue:${REGION}:${ACCOUNT_ID}:table/logs/a`,
    ],
    [true, "icebergBucket", "lake,shared/tables", "arn:aws:s3:::shared/tables/t/data/x"],
    [false, "icebergBucket", "lake,shared/tables", "arn:aws:s3:::shared/other/x"],
    [
      true,
      "s3TableBucket",
      `arn:aws:s3tables:${REGION}:${ACCOUNT_ID}:bucket/team-*`,
      `arn:aws:s3tables:${REGION}:${ACCOUNT_ID}:bucket/team-a`,
    ],
    [true, "searchDomain", `${domainArn("logs")},${domainArn("team-*")}`, domainArn("logs")],
    [true, "searchDomain", `${domainArn("logs")},${domainArn("team-*")}`, domainArn("team-a")],
    [false, "searchDomain", domainArn("logs"), domainArn("logs2")],
    ...(["logs", "others"] as const).map((name): [boolean, TargetKind, string, string] => [
      name === "logs",
      "warehouse",
      `arn:aws:redshift:${REGION}:${ACCOUNT_ID}:cluster:logs`,
      `arn:aws:redshift:${REGION}:${ACCOUNT_ID}:cluster:${name}`,
    ]),
  ])("%s: a %s by %s, %s", (is, kind, list, arn) => {
    expect(outcomes({ [kind]: list }, { kind, arn })).toEqual(BOTH(is));
  });
});

describe("whatever is listed, Hydrant's own", () => {
  const everything: Partial<Record<TargetKind, string>> = {
    bucket: "*",
    transform: functionArn("*"),
    consumer: functionArn("*"),
    failures: `arn:aws:s3:::*,${queueArn("*")}`,
    errorLog: logArn("*"),
    role: `arn:aws:iam::${ACCOUNT_ID}:role/*`,
  };
  const { resources, known } = renderDeployment();
  const physical = (type: string) =>
    Object.entries(resources)
      .filter(([, { Type }]) => Type === type)
      .map(([id]) => [id, known.get(id)!.attributes["Arn"]!] as const);
  const isForUsers = (id: string) => id === "DeliveryBucket" || id === "ConsumerFailureQueue";

  test.each(physical("AWS::SQS::Queue"))("the queue %s is no failure destination", (id, arn) => {
    expect(outcomes(everything, { kind: "failures", arn })).toEqual(BOTH(isForUsers(id)));
  });

  test.each(physical("AWS::S3::Bucket"))(
    "the bucket %s takes no deliveries and no reports",
    (id, arn) => {
      const named = [
        { kind: "bucket", arn: `${arn}/logs/` },
        { kind: "bucket", arn: `${arn}/day/` },
        { kind: "bucket", arn: `${arn}/year/` },
        { kind: "failures", arn: `${arn}/aws/lambda/` },
      ] as const;
      for (const target of named)
        expect(outcomes(everything, target)).toEqual(BOTH(isForUsers(id)));
    },
  );

  test("the log bucket in other cases, and those of other stages, are refused when named", () => {
    const rules = targetRules(here, everything);
    for (const bucket of [
      `Hydrant-Dev-Log-${ACCOUNT_ID}`,
      `hydrant-prod-log-${ACCOUNT_ID}`,
      `HYDRANT-PROD-LOG-${ACCOUNT_ID}`,
      `hydrant-prod-log-${ACCOUNT_ID}-eu-west-1`,
    ]) {
      const arn = `arn:aws:s3:::${bucket}/logs/`;
      expect(targetProblem({ kind: "bucket", arn }, rules)).toContain("one of Hydrant's own");
    }
  });

  test.each(
    [...OWN_FUNCTIONS, "bridge-orders"].flatMap((name) => [
      functionArn(`hydrant-dev-${name}`),
      functionArn(`hydrant-dev-${name}:$LATEST`),
      functionArn(`hydrant-dev-${name}:7`),
    ]),
  )("the function %s is neither transform nor consumer", (arn) => {
    expect(outcomes(everything, { kind: "transform", arn })).toEqual(BOTH(false));
    expect(outcomes(everything, { kind: "consumer", arn })).toEqual(BOTH(false));
  });

  test("the example functions, and those whose names begin like Hydrant's, are not among them", () => {
    for (const name of ["hydrant-dev-consumer", "hydrant-dev-transform", "hydrant-dev-apis"]) {
      expect(outcomes(everything, { kind: "transform", arn: functionArn(name) })).toEqual(
        BOTH(true),
      );
    }
  });

  test.each(["api", "doorbell", "consume", "sweep", "mappings", "transform", "consumer"])(
    "the log of the function %s is nobody's error log",
    (name) => {
      const arn = `${logArn(`/aws/lambda/hydrant-dev-${name}`)}:log-stream:s`;
      expect(outcomes(everything, { kind: "errorLog", arn })).toEqual(BOTH(false));
    },
  );

  test("no role of Hydrant's is assumed", () => {
    const rules = targetRules(here, everything);
    const named = (arn: string) => targetProblem({ kind: "role", arn }, rules);
    expect(named(`arn:aws:iam::${ACCOUNT_ID}:role/hydrant-dev-ApiRole-1A2B`)).toContain("own");
    expect(named(`arn:aws:iam::${ACCOUNT_ID}:role/firehose`)).toBeUndefined();
    const { may } = renderDeployment({ assumableRoles: `arn:aws:iam::${ACCOUNT_ID}:role/*` });
    const assume = (name: string) =>
      may("DeliverRole", "sts:AssumeRole", `arn:aws:iam::${ACCOUNT_ID}:role/${name}`);
    // What the pseudo parameter of the stack's name is rendered as here.
    expect([assume("hydrant-ApiRole-1A2B"), assume("firehose")]).toEqual([false, true]);
  });
});

test("a redrive removes and tags nothing of the log, whatever is listed", () => {
  const params = { destinationBuckets: "*", redrivenObjects: "move" };
  const { may } = renderDeployment(params);
  for (const action of ["s3:DeleteObject", "s3:PutObjectTagging"]) {
    const doneTo = (bucket: string) => may("DeliverRole", action, `arn:aws:s3:::${bucket}/day/x`);
    expect([doneTo("logs"), doneTo(`hydrant-dev-log-${ACCOUNT_ID}`)]).toEqual([true, false]);
  }
});

test("knows all of Hydrant's own functions by their names", () => {
  const forUsers = new Set(["transform", "consumer"]);
  expect(OWN_FUNCTIONS).toEqual(declaredFunctions().filter((name) => !forUsers.has(name)));
});

test("a laptop takes everything, unless a variable of each parameter narrows it", () => {
  const kinds = Object.values(TARGET_KINDS);
  const narrowable = kinds.filter(({ parameter }) => parameter !== "assumableRoles");
  expect(TARGET_VARIABLES).toEqual(narrowable.map(({ variable }) => variable));
  const narrowed = { HYDRANT_DESTINATION_BUCKETS: "logs-*", HYDRANT_STREAM_KEYS: "" };
  expect(localTargets(narrowed)).toMatchObject({ ...narrowed, HYDRANT_CONSUMER_FUNCTIONS: "*" });
});

test("under a role that is listed, what is named is that role's affair, but for Hydrant's own", () => {
  const roleArn = "arn:aws:iam::999999999999:role/firehose";
  const rules = targetRules(here, { bucket: "", transform: "", errorLog: "", role: roleArn });
  const bucket = { kind: "bucket", arn: "arn:aws:s3:::theirs/" } as const;
  expect(targetProblem({ ...bucket, roleArn }, rules)).toBeUndefined();
  expect(targetProblem({ ...bucket, roleArn: `${roleArn}2` }, rules)).toBe(
    "arn:aws:s3:::theirs/ is not among the buckets and folders that deliveries may write to: the parameter destinationBuckets of this deployment lists them",
  );
  const own = {
    kind: "bucket",
    arn: `arn:aws:s3:::hydrant-dev-log-${ACCOUNT_ID}/`,
    roleArn,
  } as const;
  expect(targetProblem(own, rules)).toContain("one of Hydrant's own");
});

test("the roles stay within what IAM takes for one", () => {
  const { resources, statementsOf } = renderDeployment();
  for (const [role, { Type }] of Object.entries(resources)) {
    if (Type !== "AWS::IAM::Role") continue;
    const length = JSON.stringify(statementsOf(role)).replaceAll(/\s/g, "").length;
    expect(length, role).toBeLessThan(9_500);
  }
});

describe("the deployment's own key of streams", () => {
  const keyArn = (id: string) => `arn:aws:kms:${REGION}:${ACCOUNT_ID}:key/${id}`;
  const mayUse = (ownStreamKey: string, id: string, aliases: readonly string[]) => {
    const { may } = deploymentOf({ ownStreamKey });
    const facts = { ...ENCRYPTION, "kms:ResourceAliases": aliases };
    const deeds = DEEDS.streamKey.map(({ role, action }) => may(role, action, keyArn(id), facts));
    return [...new Set(deeds)];
  };

  test.each([
    ["an alias", "alias/mine"],
    ["an alias's ARN", `arn:aws:kms:${REGION}:${ACCOUNT_ID}:alias/mine`],
    ["a key's ARN", keyArn("one")],
  ])("is used where it is given as %s, and no other", (_, ownStreamKey) => {
    expect(mayUse(ownStreamKey, "one", ["alias/mine"])).toEqual([true]);
    expect(mayUse(ownStreamKey, "two", ["alias/others"])).toEqual([false]);
    expect(mayUse(ownStreamKey, "two", [])).toEqual([false]);
  });
});
