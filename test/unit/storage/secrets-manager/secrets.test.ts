import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type {
  ReceiverAnswer,
  ReceiverRequest,
} from "../../../../src/delivery/destinations/receivers/ports.ts";
import { SECRET_MAX_AGE_MS } from "../../../../src/limits.ts";
import { secretsFile } from "../../../../src/storage/secrets-manager/file.ts";
import { secretsManager } from "../../../../src/storage/secrets-manager/secrets.ts";
import { steppingClock } from "../../../helpers/stepping-clock.ts";

const ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:intake-AbC123";
const ROLE = "arn:aws:iam::123456789012:role/firehose";

function answering(status: number, body: object): ReceiverAnswer {
  return { kind: "answer", status, headers: {}, body: Buffer.from(JSON.stringify(body)) };
}

describe("Secrets Manager", () => {
  function store(...answers: readonly ReceiverAnswer[]) {
    const sent: ReceiverRequest[] = [];
    const clock = steppingClock(0);
    const http = {
      async send(request: ReceiverRequest) {
        sent.push(request);
        return answers[sent.length - 1]!;
      },
    };
    return { ...secretsManager({ http, clock }), clock, sent };
  }

  test("is asked in the secret's own region, under its role", async () => {
    const { read, sent } = store(answering(200, { SecretString: "one" }));
    expect(await read({ arn: ARN, roleArn: ROLE })).toEqual({ kind: "secret", text: "one" });
    expect(sent).toMatchObject([
      {
        url: "https://secretsmanager.eu-west-1.amazonaws.com/",
        headers: { "x-amz-target": "secretsmanager.GetSecretValue" },
        signing: { service: "secretsmanager", region: "eu-west-1", roleArn: ROLE },
      },
    ]);
    expect(JSON.parse(Buffer.from(sent[0]!.body!).toString())).toEqual({ SecretId: ARN });
  });

  test("is asked again after some minutes, or when what it said was refused", async () => {
    const texts = ["one", "two", "three"];
    const { read, clock } = store(...texts.map((text) => answering(200, { SecretString: text })));
    const textOf = async (options = {}) => read({ arn: ARN }, options);
    expect([await textOf(), await textOf()]).toMatchObject([{ text: "one" }, { text: "one" }]);
    expect(await textOf({ isAnew: true })).toMatchObject({ text: "two" });
    await clock.sleep(SECRET_MAX_AGE_MS);
    expect(await textOf()).toMatchObject({ text: "three" });
  });

  test("may say no, and then nothing is remembered", async () => {
    const { read } = store(
      answering(400, { __type: "ResourceNotFoundException", Message: "none" }),
      { kind: "none", reason: "connection", detail: "refused" },
      answering(200, { SecretBinary: "AA==" }),
      answering(200, { SecretString: "there" }),
    );
    const codes = [];
    for (let i = 0; i < 3; i += 1) {
      const result = await read({ arn: ARN });
      codes.push(result.kind === "refused" && result.error.errorCode);
    }
    expect(codes).toEqual([
      "SecretsManager.ResourceNotFoundException",
      "SecretsManager.Unavailable",
      "SecretsManager.InvalidSecret",
    ]);
    expect(await read({ arn: ARN })).toMatchObject({ text: "there" });
  });
});

test("on a laptop secrets stand in a file, by name or ARN, as text or as an object", async () => {
  const folder = await mkdtemp(join(tmpdir(), "secrets-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, "secrets.json");
  const { read } = secretsFile(path);
  expect(await read({ arn: ARN })).toMatchObject({ kind: "refused" });
  for (const name of [ARN, "intake-AbC123", "intake"]) {
    await writeFile(path, JSON.stringify({ [name]: { api_key: "k" } }));
    expect(await read({ arn: ARN })).toEqual({ kind: "secret", text: '{"api_key":"k"}' });
  }
  await writeFile(path, JSON.stringify({ intake: "plain" }));
  expect(await read({ arn: ARN })).toEqual({ kind: "secret", text: "plain" });
  await writeFile(path, "{");
  expect(await read({ arn: ARN })).toMatchObject({ kind: "refused" });
});
