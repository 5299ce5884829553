/** Flushes on their way to Splunk, through the whole of a delivery. */
import { openReceiver } from "../../../../../src/delivery/destinations/receivers/registry.ts";
import { describe, expect, test } from "vitest";
import type { ReceiverPorts } from "../../../../../src/delivery/destinations/receivers/ports.ts";
import {
  HEC_TOKEN,
  type HecOptions,
  splunkReceiver,
} from "../../../../helpers/receivers/splunk.ts";
import { deliverWorld, START_MS } from "../../deliver-world.ts";

const secrets: ReceiverPorts["secrets"] = {
  read: async () => ({ kind: "secret", text: JSON.stringify({ hec_token: HEC_TOKEN }) }),
};

async function world(hec: HecOptions = {}) {
  const splunk = await splunkReceiver(hec);
  const made = await deliverWorld({
    receiver: {
      kind: "splunk",
      place: splunk.endpoint,
      roleArn: "arn:aws:iam::000000000000:role/hydrant",
      retrySeconds: 300,
      secret: { arn: "arn:aws:secretsmanager:us-east-1:000000000000:secret:hec-AbC123" },
      endpoint: splunk.endpoint,
      endpointType: "Raw",
      ackTimeoutSeconds: 180,
    },
  });
  let isRepeated = false;
  const run = async () => {
    const result = await made.run(
      { receivers: { http: splunk.http, secrets, open: openReceiver } },
      { isRepeated, deadlineMs: made.clock.now() + 900_000 },
    );
    isRepeated = true;
    return result;
  };
  return {
    ...made,
    splunk,
    run,
    /** As often as it asks to be run again, and when it asks for it. */
    async runOut() {
      for (;;) {
        const result = await run();
        if (result.kind !== "retry") return result;
        await made.clock.sleep(
          ("atMs" in result ? result.atMs : made.clock.now()) - made.clock.now(),
        );
      }
    },
  };
}

const linesOf = (text: string) =>
  text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe("a flush", () => {
  test("is done when Splunk has acknowledged it, and sent once, whoever carries it on", async () => {
    const { put, run, splunk, clock, flushes, contents, spool } = await world();
    await put("a", "b");
    expect(await run()).toMatchObject({ kind: "retry", atMs: START_MS + 1000 });
    await clock.sleep(1000);
    expect(await run()).toMatchObject({ kind: "retry", atMs: START_MS + 3000 });
    splunk.index();
    await clock.sleep(2000);
    expect(await run()).toEqual({ kind: "done" });
    expect(splunk.pathsCalled()).toEqual(["raw", "ack", "ack"]);
    expect(splunk.taken).toEqual(["ab"]);
    expect(flushes.at(-1)).toMatchObject({ receiver: "splunk", deliveredCount: 2 });
    expect(flushes.at(-1)?.metrics).toMatchObject({ "DeliveryToSplunk.DataAckLatency": [3] });
    expect(contents()).toEqual([]);
    expect(spool.keys()).toEqual([]);
  });

  test("that is never acknowledged is sent again, each time anew, and then kept in the bucket", async () => {
    const { put, runOut, splunk, clock, contents } = await world();
    await put("a");
    expect(await runOut()).toEqual({ kind: "done" });
    // The time in which an acknowledgement is waited for does not count towards the retry duration.
    expect(splunk.taken.length).toBeGreaterThan(5);
    expect(clock.now() - START_MS).toBe(splunk.taken.length * 180_000 + 300_000);
    const [failed, ...others] = contents();
    expect(others).toEqual([]);
    expect(failed?.key).toContain("splunk-failed/");
    expect(linesOf(failed!.text)).toMatchObject([
      {
        attemptsMade: splunk.taken.length,
        errorCode: "Splunk.AckTimeout",
        rawData: Buffer.from("a").toString("base64"),
      },
    ]);
  });

  test("whose data Splunk cannot read is kept at once", async () => {
    const { put, runOut, splunk, contents, clock } = await world({
      fault: () => ({ status: 400, body: { text: "Invalid data format", code: 6 } }),
    });
    await put("a", "b");
    expect(await runOut()).toEqual({ kind: "done" });
    expect(clock.now()).toBe(START_MS);
    expect(splunk.calls).toHaveLength(1);
    expect(linesOf(contents()[0]!.text).map(({ errorCode }) => errorCode)).toEqual([
      "Splunk.InvalidDataFormat",
      "Splunk.InvalidDataFormat",
    ]);
  });

  test("waits while Splunk is away, and comes when it is back", async () => {
    let isAway = true;
    const { put, run, runOut, splunk, clock } = await world({
      isPrompt: true,
      fault: () => (isAway ? { cut: "before" } : undefined),
    });
    await put("a");
    expect((await run()).kind).toBe("retry");
    await clock.sleep(60_000);
    isAway = false;
    expect(await runOut()).toEqual({ kind: "done" });
    expect(splunk.taken).toEqual(["a"]);
  });
});
