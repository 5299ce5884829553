/** Whatever a mapping names is refused when it is named, unless the deployment lists it. */
import { describe, expect, test } from "vitest";
import { targetRules } from "../../../helpers/targets.ts";
import { ACCOUNT_ID, REGION } from "../kinesis/harness.ts";
import { createdMapping, harness } from "./harness.ts";

const here = (service: string, rest: string) =>
  `arn:aws:${service}:${REGION}:${ACCOUNT_ID}:${rest}`;
const onFailure = (Destination: string) => ({ DestinationConfig: { OnFailure: { Destination } } });
const targets = targetRules(
  { region: REGION, accountId: ACCOUNT_ID },
  {
    consumer: `${here("lambda", "function:clean")},${here("lambda", "function:clean:*")}`,
    failures: `${here("sqs", "team-*")},arn:aws:s3:::reports`,
  },
);

const NOT_LISTED = [
  ["consumerFunctions", { FunctionName: "others" }],
  ["consumerFunctions", { FunctionName: "Clean" }],
  ["consumerFunctions", { FunctionName: "999999999999:function:clean" }],
  ["failureDestinations", onFailure(here("sqs", "others"))],
  ["failureDestinations", onFailure(`arn:aws:sqs:${REGION}:999999999999:team-a`)],
  ["failureDestinations", onFailure("arn:aws:s3:::other-reports")],
] as const;

const OWN = [
  { FunctionName: "hydrant-dev-consume" },
  { FunctionName: `${here("lambda", "function:hydrant-dev-api")}:$LATEST` },
  onFailure(here("sqs", "hydrant-dev-consume")),
  onFailure(here("sqs", "hydrant-dev-deliver-dead-letters")),
  onFailure(`arn:aws:s3:::hydrant-dev-log-${ACCOUNT_ID}`),
  onFailure(`arn:aws:s3:::HYDRANT-DEV-LOG-${ACCOUNT_ID}`),
];

describe("CreateEventSourceMapping", () => {
  test.each(NOT_LISTED)("names %s where they do not list %j", async (parameter, members) => {
    const { create, call } = await harness({ targets });
    expect((await create(members)).error).toMatchObject({
      name: "InvalidParameterValueException",
      message: expect.stringContaining(`the parameter ${parameter} of this deployment lists them`),
    });
    expect((await call("ListEventSourceMappings", {})).value.EventSourceMappings).toEqual([]);
  });

  test("takes what is listed, with a version or an alias, too", async () => {
    const { create } = await harness({ targets });
    expect((await create(onFailure(here("sqs", "team-a")))).error).toBeUndefined();
    const alias = { FunctionName: "clean:PROD", ...onFailure("arn:aws:s3:::reports") };
    expect((await create(alias)).error).toBeUndefined();
  });

  test.each(OWN)("never takes %j, which is Hydrant's own", async (members) => {
    const { error } = await (await harness()).create(members);
    expect(error?.message).toContain("is one of Hydrant's own, which nothing may be pointed at");
  });

  test("takes a bucket of this partition only", async () => {
    const { error } = await (await harness()).create(onFailure("arn:aws-cn:s3:::reports"));
    expect(error?.message).toContain("must begin with arn:aws:");
    const alias = await (await harness()).create(onFailure("arn:aws:s3:::logs-1a2b-s3alias"));
    expect(alias.error?.message).toContain("is another name of a bucket");
  });
});

describe("UpdateEventSourceMapping", () => {
  test.each(NOT_LISTED)("names %s where they do not list %j", async (parameter, members) => {
    const { call, UUID, get } = await createdMapping();
    const before = await get();
    const { error } = await call("UpdateEventSourceMapping", { UUID, ...members }, { targets });
    expect(error?.message).toContain(`the parameter ${parameter} of this deployment lists them`);
    expect(await get()).toEqual(before);
  });

  test.each(OWN)("never takes %j, which is Hydrant's own", async (members) => {
    const { update } = await createdMapping();
    expect((await update(members)).error?.message).toContain("is one of Hydrant's own");
  });

  test("switches off what feeds a function that is listed no longer", async () => {
    const { call, UUID } = await createdMapping({ FunctionName: "others" });
    const change = { UUID, Enabled: false };
    expect((await call("UpdateEventSourceMapping", change, { targets })).error).toBeUndefined();
  });
});
