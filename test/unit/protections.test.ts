/** What holds the only copy of records, in the template: what becomes of it, how it is named, and what is served. */
import { describe, expect, it } from "vitest";
import { ACCOUNT_ID, REGION } from "../../offline/aws-json.ts";
import type { Resource } from "../../offline/template.ts";
import { partitionOf } from "../../src/partition.ts";
import { renderDeployment } from "../helpers/iam.ts";
import {
  declaredChoice,
  readResources,
  readServiceText,
  renderedDefault,
} from "../helpers/resources.ts";

const TABLES = ["LogTable", "StateTable"];
const BUCKETS = ["LogBucket", "DeliveryBucket"];

const of = (resources: Readonly<Record<string, Resource>>, id: string) => {
  const { DeletionPolicy, UpdateReplacePolicy, Properties = {} } = resources[id]!;
  return { DeletionPolicy, UpdateReplacePolicy, ...Properties } as Record<string, unknown>;
};

describe("when the stack goes", () => {
  it("keeps tables and buckets, but for those that its first deployment could not finish", () => {
    const resources = readResources();
    for (const id of [...TABLES, ...BUCKETS]) {
      expect(of(resources, id), id).toMatchObject({
        DeletionPolicy: "RetainExceptOnCreate",
        UpdateReplacePolicy: "Retain",
      });
    }
    // What would be left open otherwise.
    expect(of(resources, "LogBucketPolicy")).toMatchObject({
      DeletionPolicy: "RetainExceptOnCreate",
    });
  });

  it("removes them where that is asked for", () => {
    const resources = readResources({ dataOnRemoval: "delete" });
    for (const id of [...TABLES, ...BUCKETS]) {
      expect(of(resources, id)).toMatchObject({ DeletionPolicy: "Delete" });
    }
    for (const id of TABLES) {
      expect(of(resources, id)).toMatchObject({ DeletionProtectionEnabled: false });
    }
  });
});

it("protects both tables from being deleted, and lets them be restored to an instant", () => {
  const resources = readResources();
  for (const id of TABLES) {
    expect(of(resources, id)).toMatchObject({
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    });
  }
});

it("keeps what is removed from the log bucket for as long as bodies outlive their records", () => {
  const bucket = of(readResources(), "LogBucket");
  expect(bucket["VersioningConfiguration"]).toEqual({ Status: "Enabled" });
  const { Rules } = bucket["LifecycleConfiguration"] as {
    readonly Rules: readonly Readonly<Record<string, unknown>>[];
  };
  const days = Rules.find(({ Id }) => Id === "end-old-versions");
  // No prefix: of everything in it.
  expect(days).toEqual({
    Id: "end-old-versions",
    Status: "Enabled",
    NoncurrentVersionExpiration: { NoncurrentDays: 3 },
    ExpiredObjectDeleteMarker: true,
  });
});

describe("names", () => {
  const namesOf = (params?: Readonly<Record<string, string>>) => {
    const { known } = renderDeployment(params);
    return [...TABLES, ...BUCKETS].map((id) => known.get(id)?.ref);
  };

  it("are those that stacks have, so that no update puts an empty bucket in the place of a full one", () => {
    expect(namesOf()).toEqual([
      "hydrant-dev-log",
      "hydrant-dev-state",
      `hydrant-dev-log-${ACCOUNT_ID}`,
      `hydrant-dev-delivery-${ACCOUNT_ID}`,
    ]);
  });

  it("of buckets, which all regions share, hold the region where that is asked for", () => {
    expect(namesOf({ bucketNames: "regional" })).toEqual([
      "hydrant-dev-log",
      "hydrant-dev-state",
      `hydrant-dev-log-${ACCOUNT_ID}-${REGION}`,
      `hydrant-dev-delivery-${ACCOUNT_ID}-${REGION}`,
    ]);
    const { may } = renderDeployment({ bucketNames: "regional" });
    const place = (name: string) => `arn:aws:s3:::hydrant-dev-${name}-${ACCOUNT_ID}-${REGION}/`;
    expect(may("ApiRole", "s3:PutObject", `${place("log")}day/x`)).toBe(true);
    expect(may("DeliverRole", "s3:PutObject", `${place("delivery")}2026/x`)).toBe(true);
  });

  it("of destinations include the bucket that the stack makes", () => {
    expect(renderedDefault("destinationBuckets")).toBe(renderedDefault("deliveryBucketName"));
  });
});

it("serves other tables and another bucket where they are named, and those alone", () => {
  const { statementsOf } = renderDeployment({
    logTable: "restored-log",
    stateTable: "restored-state",
    logBucket: "restored-bucket",
  });
  for (const role of ["ApiRole", "DoorbellRole", "DeliverRole", "ConsumeRole", "SweepRole"]) {
    const named = statementsOf(role).flatMap(({ Effect, Resource = [] }) =>
      Effect === "Allow" ? Resource : [],
    );
    const tables = named.filter((arn) => arn.includes(":dynamodb:"));
    const names = new Set(tables.map((arn) => arn.split("/")[1]));
    expect(names, role).toEqual(new Set(["restored-log", "restored-state"]));
    expect(named.filter((arn) => arn.includes(`hydrant-dev-log-${ACCOUNT_ID}`))).toEqual([]);
  }
});

it("has CloudFormation itself refuse an update that would put empty tables in the place of full ones", () => {
  expect(declaredChoice("stackPolicy", "keep")).toEqual([
    { Effect: "Allow", Principal: "*", Action: "Update:*", Resource: "*" },
    {
      Effect: "Deny",
      Principal: "*",
      Action: ["Update:Replace", "Update:Delete"],
      Resource: ["LogTable", "StateTable", "LogBucket"].map((id) => `LogicalResourceId/${id}`),
    },
  ]);
  // The framework sets no policy of no statements: one that refuses would go on to.
  expect(declaredChoice("stackPolicy", "delete")).toEqual([
    { Effect: "Allow", Principal: "*", Action: "Update:*", Resource: "*" },
  ]);
  const settings = readServiceText().map((line) => line.trim());
  expect(settings).toContain("stackPolicy: ${self:custom.stackPolicy.${param:dataOnRemoval}}");
  expect(settings).toContain("versionFunctions: false");
});

describe("the partition", () => {
  it("is nowhere that of one part of AWS alone", () => {
    expect(readServiceText().filter((text) => text.includes("arn:aws:"))).toEqual([]);
  });

  it.each(["us-east-1", "cn-north-1", "cn-northwest-1", "us-gov-west-1", "eusc-de-east-1"])(
    "of %s is the same for the template and for what runs",
    (region) => {
      const partition = partitionOf(region);
      const { statementsOf } = renderDeployment({ partition, destinationBuckets: "a,b" });
      const buckets = statementsOf("DeliverRole").flatMap(({ Resource = [] }) => Resource);
      expect(buckets).toContain(`arn:${partition}:s3:::b/*`);
      expect(renderedDefault("partition", region)).toBe(partition);
    },
  );
});
