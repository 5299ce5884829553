/** Roles assumed of an STS, and S3 under their credentials, by the SDK's own clients against servers of the test. */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { S3Client } from "@aws-sdk/client-s3";
import { afterEach, describe, expect, test } from "vitest";
import { actingRole } from "../../../../src/delivery/acting-role.ts";
import { bucketClients } from "../../../../src/storage/s3/bucket-clients.ts";
import { s3Objects } from "../../../../src/storage/s3/objects.ts";
import { assumedRoles, RoleRefused } from "../../../../src/storage/sts/roles.ts";
import { steppingClock } from "../../../helpers/stepping-clock.ts";

const ROLE = "arn:aws:iam::222222222222:role/firehose";
const ACCOUNT = "111111111111";
const NOW_MS = Date.UTC(2026, 10, 23);
const TARGET = { bucket: "logs", key: "a/b", contentType: "application/octet-stream" };
const STATIC = { accessKeyId: "own", secretAccessKey: "test" };

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

async function serve(answer: (request: IncomingMessage, body: string) => Answer): Promise<string> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { status, headers = {}, body = "" } = answer(request, Buffer.concat(chunks).toString());
      response.writeHead(status, headers).end(body);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** An STS that gives each caller other credentials, for an hour, or refuses. */
async function setUp({ isRefused = false, listed = [ROLE] } = {}) {
  const asked: URLSearchParams[] = [];
  const clock = steppingClock(NOW_MS);
  const endpoint = await serve((_, body) => {
    const input = new URLSearchParams(body);
    asked.push(input);
    if (isRefused) {
      return {
        status: 403,
        body: "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>",
      };
    }
    const expiration = new Date(clock.now() + 3_600_000).toISOString();
    return {
      status: 200,
      body: `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>ASSUMED${asked.length}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>token</SessionToken><Expiration>${expiration}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
    };
  });
  const roles = assumedRoles({
    accountId: ACCOUNT,
    actingRole: (roleArn) => actingRole(listed, roleArn),
    client: { endpoint, region: "us-east-1", credentials: STATIC, maxAttempts: 1 },
    clock,
  });
  return { asked, clock, roles };
}

/** A store over an S3 of the test's, whose requests are written down by whose key they are signed with, and where. */
async function storeOver(
  roles: Awaited<ReturnType<typeof setUp>>["roles"],
  answer: (region: string) => Answer = () => ({ status: 200, headers: { etag: '"e"' } }),
) {
  const seen: string[] = [];
  const endpoint = await serve((request) => {
    const [, key, region] =
      /Credential=([^/]+)\/\d+\/([^/]+)\//.exec(request.headers.authorization ?? "") ?? [];
    const token = String(request.headers["x-amz-security-token"] ?? "no token");
    seen.push(`${key} ${region} ${token}`);
    return answer(region ?? "");
  });
  const objects = s3Objects(
    bucketClients(
      roles,
      ({ region, roleArn }) =>
        new S3Client({
          endpoint,
          region: region ?? "us-east-1",
          forcePathStyle: true,
          maxAttempts: 1,
          credentials: roleArn === undefined ? STATIC : roles.credentialsOf(roleArn),
        }),
    ),
  );
  return { objects, seen };
}

describe("a role that the deployment lists", () => {
  test("is assumed with the account as the external id, once for all that acts under it", async () => {
    const { asked, roles } = await setUp();
    const { objects, seen } = await storeOver(roles);
    for (const key of ["a", "b"]) {
      await objects.putIfAbsent({ ...TARGET, key, roleArn: ROLE }, Buffer.from("x"));
    }
    expect((await roles.credentialsOf(ROLE)()).accessKeyId).toBe("ASSUMED1");
    expect(seen).toEqual(["ASSUMED1 us-east-1 token", "ASSUMED1 us-east-1 token"]);
    expect(asked.map((input) => Object.fromEntries(input))).toEqual([
      {
        Action: "AssumeRole",
        Version: "2011-06-15",
        RoleArn: ROLE,
        RoleSessionName: "AWSFirehoseToS3",
        ExternalId: ACCOUNT,
      },
    ]);
  });

  test("is assumed again some minutes before its credentials end", async () => {
    const { asked, clock, roles } = await setUp();
    const credentials = roles.credentialsOf(ROLE);
    await credentials();
    await clock.sleep(54 * 60_000);
    expect((await credentials()).accessKeyId).toBe("ASSUMED1");
    await clock.sleep(60_000);
    expect((await credentials()).accessKeyId).toBe("ASSUMED2");
    expect(asked).toHaveLength(2);
  });

  test("that may not be assumed is a refusal, of which nothing can stand, and is asked for again", async () => {
    const { asked, roles } = await setUp({ isRefused: true });
    const { objects, seen } = await storeOver(roles);
    const put = () => objects.putIfAbsent({ ...TARGET, roleArn: ROLE }, Buffer.from("x"));
    const error: unknown = await put().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RoleRefused);
    expect(error).toMatchObject({
      name: "AccessDenied",
      message: `Firehose is unable to assume role ${ROLE}. Please check the role provided.`,
    });
    expect(objects.refusalOf(error)).toBe("refused");
    await put().catch(() => {});
    expect(seen).toEqual([]);
    expect(asked).toHaveLength(2);
  });
});

test("any other role is only a name", async () => {
  const { asked, roles } = await setUp({ listed: ["arn:aws:iam::*:role/other"] });
  const { objects, seen } = await storeOver(roles);
  await objects.putIfAbsent({ ...TARGET, roleArn: ROLE }, Buffer.from("x"));
  await objects.putIfAbsent(TARGET, Buffer.from("x"));
  expect(seen).toEqual(["own us-east-1 no token", "own us-east-1 no token"]);
  expect(asked).toEqual([]);
});

describe("a bucket of another region", () => {
  const elsewhere = (region: string): Answer =>
    region === "eu-west-1"
      ? { status: 200, headers: { etag: '"e"' } }
      : {
          status: 301,
          headers: { "x-amz-bucket-region": "eu-west-1" },
          body: "<Error><Code>PermanentRedirect</Code><Message>elsewhere</Message></Error>",
        };

  test("is found there, and gone to at once from then on", async () => {
    const { roles } = await setUp();
    const { objects, seen } = await storeOver(roles, elsewhere);
    for (const key of ["a", "b"]) {
      expect(await objects.putIfAbsent({ ...TARGET, key }, Buffer.from("x"))).toBe("written");
    }
    expect(seen).toEqual([
      "own us-east-1 no token",
      "own eu-west-1 no token",
      "own eu-west-1 no token",
    ]);
  });

  test("that is nowhere to be found is told, after one more try", async () => {
    const { roles } = await setUp();
    const { objects, seen } = await storeOver(roles, () => elsewhere("us-east-1"));
    await expect(objects.putIfAbsent(TARGET, Buffer.from("x"))).rejects.toMatchObject({
      name: "PermanentRedirect",
    });
    expect(seen).toHaveLength(2);
  });
});
