/** What CloudFormation would ask for, start by start, of a function that answers as the tests say. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openDeclaredStore } from "../../../offline/declared-store.ts";
import { applyDeclared } from "../../../offline/declared.ts";
import type { Entry, Resource } from "../../../offline/template.ts";

const STREAM = "Custom::HydrantStream";
const MAPPING = "Custom::HydrantEventSourceMapping";
const CLICKS = {
  Type: STREAM,
  Properties: {
    ServiceToken: { "Fn::GetAtt": "MappingsLambdaFunction.Arn" },
    Name: "clicks",
    ShardCount: 2,
  },
};
const CLEAN = {
  Type: MAPPING,
  Properties: {
    ServiceToken: { "Fn::ImportValue": "hydrant-dev-MappingsServiceToken" },
    EventSourceArn: { "Fn::GetAtt": "Clicks.Arn" },
    FunctionName: { "Fn::GetAtt": ["CleanLambdaFunction", "Arn"] },
    Enabled: true,
  },
};

const directory = mkdtempSync(join(tmpdir(), "hydrant-declared-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
let fileCount = 0;

interface Event {
  readonly RequestType: string;
  readonly RequestId: string;
  readonly ResponseURL: string;
  readonly LogicalResourceId: string;
  readonly ResourceType: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceProperties: Readonly<Record<string, unknown>>;
}

/** Answers an id of the resource's own, and its attributes. */
function succeed({ LogicalResourceId, PhysicalResourceId }: Event): object {
  return {
    Status: "SUCCESS",
    PhysicalResourceId: PhysicalResourceId ?? `${LogicalResourceId}-1`,
    Data: { Arn: `arn:${LogicalResourceId}` },
  };
}

/** A data directory on which stack after stack is started. */
function laptop() {
  const file = join(directory, `${(fileCount += 1)}.json`);
  /** @param answer `undefined`: the function ends without one */
  return async (
    resources: Readonly<Record<string, Resource>>,
    answer: (event: Event) => object | undefined = succeed,
    name = "serverless.yml",
  ) => {
    const events: Event[] = [];
    const said: string[] = [];
    const known = new Map<string, Entry>([
      ["CleanLambdaFunction", { ref: "clean", attributes: { Arn: "arn:clean" } }],
    ]);
    await applyDeclared([{ name, resources }], {
      store: openDeclaredStore(file),
      known,
      functionName: "hydrant-dev-mappings",
      say: (text) => void said.push(text),
      async invoke(functionName, given) {
        expect(functionName).toBe("hydrant-dev-mappings");
        const event = given as Event;
        events.push(event);
        const body = answer(event);
        if (body === undefined) return { kind: "failed", message: "Task timed out" };
        await fetch(event.ResponseURL, { method: "PUT", body: JSON.stringify(body) });
        return { kind: "returned", payload: "null" };
      },
    });
    return { events, said, asked: events.map(asked) };
  };
}

/** `Update Clicks Clicks-1` */
function asked({ RequestType, LogicalResourceId, PhysicalResourceId = "" }: Event): string {
  return `${RequestType} ${LogicalResourceId} ${PhysicalResourceId}`.trim();
}

const fail = (id: string, Reason: string) => (event: Event) =>
  event.LogicalResourceId === id && event.RequestType !== "Delete"
    ? { Status: "FAILED", PhysicalResourceId: event.PhysicalResourceId ?? "none", Reason }
    : succeed(event);

describe("a first start", () => {
  it("makes streams, then what reads them, with texts as CloudFormation passes them", async () => {
    const { events, said } = await laptop()({ Clean: CLEAN, Clicks: CLICKS });
    const ServiceToken = "arn:aws:lambda:us-east-1:000000000000:function:hydrant-dev-mappings";
    expect(events).toMatchObject([
      {
        RequestType: "Create",
        ResourceType: STREAM,
        LogicalResourceId: "Clicks",
        StackId: "arn:aws:cloudformation:us-east-1:000000000000:stack/serverless.yml",
        ResourceProperties: { ServiceToken, Name: "clicks", ShardCount: "2" },
      },
      {
        RequestType: "Create",
        ResourceType: MAPPING,
        LogicalResourceId: "Clean",
        ResourceProperties: {
          ServiceToken,
          EventSourceArn: "arn:Clicks",
          FunctionName: "arn:clean",
          Enabled: "true",
        },
      },
    ]);
    expect(said).toEqual([]);
  });

  it("asks for nothing where nothing of Hydrant's is declared", async () => {
    const { events } = await laptop()({ Table: { Type: "AWS::DynamoDB::Table" } });
    expect(events).toEqual([]);
  });

  it("says what could not be made, and goes on", async () => {
    const start = laptop();
    const { asked: first, said } = await start(
      { Clicks: CLICKS, Views: { ...CLICKS }, Clean: CLEAN },
      fail("Clicks", "Stream clicks already exists."),
    );
    // What the failed request may have made is deleted, as in a rollback.
    expect(first).toEqual(["Create Clicks", "Delete Clicks none", "Create Views"]);
    expect(said).toEqual([
      "Warning: Clicks is not as it is declared: Stream clicks already exists.",
      expect.stringMatching(/^Warning: Clean is not as it is declared: .*Clicks\.Arn/),
    ]);
    const { asked: second } = await start({ Clicks: CLICKS, Views: { ...CLICKS }, Clean: CLEAN });
    expect(second).toEqual(["Create Clicks", "Update Views Views-1", "Create Clean"]);
  });
});

describe("a later start", () => {
  it("updates what stands", async () => {
    const start = laptop();
    await start({ Clicks: CLICKS, Clean: CLEAN });
    const { asked: second } = await start({ Clicks: CLICKS, Clean: CLEAN });
    expect(second).toEqual(["Update Clicks Clicks-1", "Update Clean Clean-1"]);
  });

  it("deletes what an update has replaced", async () => {
    const start = laptop();
    await start({ Clicks: CLICKS });
    const replace = (event: Event) => ({ ...succeed(event), PhysicalResourceId: "Clicks-2" });
    const { asked: second, said } = await start({ Clicks: CLICKS }, replace);
    expect(second).toEqual(["Update Clicks Clicks-1", "Delete Clicks Clicks-1"]);
    expect(said).toEqual([
      `Removing Clicks (${STREAM} Clicks-1, with its records), in whose place there is another one now.`,
    ]);
    const { asked: third } = await start({ Clicks: CLICKS });
    expect(third).toEqual(["Update Clicks Clicks-2"]);
  });

  it("leaves what was replaced where it is to be retained", async () => {
    const start = laptop();
    const retained = { ...CLICKS, UpdateReplacePolicy: "Retain" };
    await start({ Clicks: retained });
    const replace = (event: Event) => ({ ...succeed(event), PhysicalResourceId: "Clicks-2" });
    const { asked: second } = await start({ Clicks: retained }, replace);
    expect(second).toEqual(["Update Clicks Clicks-1"]);
  });

  it("keeps to what stands when it cannot be changed", async () => {
    const start = laptop();
    await start({ Clicks: CLICKS, Clean: CLEAN });
    const { asked: second, said } = await start(
      { Clicks: CLICKS, Clean: CLEAN },
      fail("Clicks", "Too many shards."),
    );
    expect(second).toEqual(["Update Clicks Clicks-1", "Update Clean Clean-1"]);
    expect(said).toEqual(["Warning: Clicks is not as it is declared: Too many shards."]);
  });

  it("removes what is declared no longer, readers before streams", async () => {
    const start = laptop();
    await start({ Clicks: CLICKS, Clean: CLEAN });
    const { asked: second, said } = await start({});
    expect(second).toEqual(["Delete Clean Clean-1", "Delete Clicks Clicks-1"]);
    expect(said).toEqual([
      `Removing Clean (${MAPPING} Clean-1), which serverless.yml declares no longer.`,
      `Removing Clicks (${STREAM} Clicks-1, with its records), which serverless.yml declares no longer.`,
    ]);
    expect((await start({})).asked).toEqual([]);
  });

  it("removes nothing as long as something cannot be made", async () => {
    const start = laptop();
    await start({ Clicks: CLICKS });
    const renamed = { Renamed: CLICKS };
    const { asked: second } = await start(renamed, fail("Renamed", "It already exists."));
    expect(second).toEqual(["Create Renamed", "Delete Renamed none"]);
    const { asked: third } = await start(renamed);
    expect(third).toEqual(["Create Renamed", "Delete Clicks Clicks-1"]);
  });

  it("tries again what could not be removed", async () => {
    const start = laptop();
    await start({ Clicks: CLICKS });
    const refuse = () => ({ Status: "FAILED", PhysicalResourceId: "x", Reason: "It is in use." });
    expect((await start({}, refuse)).said).toEqual([
      expect.stringMatching(/^Removing Clicks /),
      "Warning: Clicks is not removed: It is in use.",
    ]);
    expect((await start({})).asked).toEqual(["Delete Clicks Clicks-1"]);
  });

  it("says with a removal what was declared last, which may protect it", async () => {
    const start = laptop();
    const wanted = { ...CLICKS, Properties: { ...CLICKS.Properties, ShardCount: 4 } };
    await start({ Clicks: CLICKS });
    await start({ Clicks: wanted });
    // What could not be brought about does not count.
    await start(
      { Clicks: { ...CLICKS, Properties: { Name: "clicks" } } },
      fail("Clicks", "It is in use."),
    );
    const { events } = await start({});
    expect(events).toMatchObject([
      { RequestType: "Delete", ResourceProperties: { Name: "clicks", ShardCount: "4" } },
    ]);
  });

  it.each(["Retain", "RetainExceptOnCreate"])(
    "leaves what has %s, and what another file declared",
    async (DeletionPolicy) => {
      const start = laptop();
      await start({ Clicks: { ...CLICKS, DeletionPolicy } });
      const { asked: other } = await start({ Clicks: CLICKS }, succeed, "/home/me/functions.yml");
      expect(other).toEqual(["Create Clicks"]);
      expect((await start({})).asked).toEqual([]);
    },
  );

  it("sends a request again under its id whose answer it never saw", async () => {
    const start = laptop();
    const { events, said } = await start({ Clicks: CLICKS }, () => undefined);
    expect(said).toEqual(["Warning: Clicks is not as it is declared: Task timed out"]);
    const { events: again } = await start({ Clicks: CLICKS });
    expect(again.map(({ RequestType, RequestId }) => [RequestType, RequestId])).toEqual([
      ["Create", events[0]?.RequestId],
    ]);
    const { events: third } = await start({ Clicks: CLICKS });
    expect(third[0]?.RequestId).not.toBe(events[0]?.RequestId);
  });

  it("asks again what became of such a request before it removes what is declared no longer", async () => {
    const start = laptop();
    const { events } = await start({ Clicks: CLICKS }, () => undefined);
    const { asked: second, events: again } = await start({});
    expect(second).toEqual(["Create Clicks", "Delete Clicks Clicks-1"]);
    expect(again[0]).toMatchObject({
      RequestId: events[0]?.RequestId,
      ResourceProperties: events[0]?.ResourceProperties,
    });
    expect((await start({})).asked).toEqual([]);
  });

  it("removes both then, where another was to take the place of what stands", async () => {
    const start = laptop();
    await start({ Clicks: CLICKS });
    await start({ Clicks: { ...CLICKS, Properties: { Name: "views" } } }, () => undefined);
    const replace = (event: Event) => ({
      ...succeed(event),
      PhysicalResourceId: event.RequestType === "Update" ? "Clicks-2" : event.PhysicalResourceId,
    });
    const { asked: third } = await start({}, replace);
    expect(third).toEqual([
      "Update Clicks Clicks-1",
      "Delete Clicks Clicks-2",
      "Delete Clicks Clicks-1",
    ]);
  });

  it("says which name nothing is known by", async () => {
    const { said } = await laptop()({ Clean: CLEAN });
    expect(said).toEqual([
      "Warning: Clean is not as it is declared: the template refers to Clicks.Arn, which the local stack does not know",
    ]);
  });

  it("makes no stream of what was a mapping", async () => {
    const start = laptop();
    await start({ Clicks: CLICKS });
    const { asked: second, said } = await start({ Clicks: { ...CLEAN, Properties: {} } });
    expect(second).toEqual([]);
    expect(said).toEqual([
      `Warning: Clicks is not as it is declared: it was a ${STREAM}; give the ${MAPPING} a name of its own`,
    ]);
  });
});
