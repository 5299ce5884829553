/** Proofs before the local STS, which verifies signatures, and before servers that answer otherwise. */
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createSts } from "../../../../offline/services/sts.ts";
import {
  type IdentityProof,
  identityRequest,
  parseProof,
  proveIdentity,
  stsHost,
} from "../../../../src/auth/identity-proof.ts";
import { STS_ANSWER_MAX_BYTES } from "../../../../src/limits.ts";
import { stsIdentities } from "../../../../src/storage/sts/caller-identity.ts";
import { ownCredentials } from "../../../../src/storage/sts/own-identity.ts";

const region = "us-east-1";
const AUDIENCE = "hydrant.example";
const KEY = { id: "test", secret: "test" };
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function listening(server: Server): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const answering = (listener: RequestListener) => listening(createServer(listener));

/** As the exchange has it confirmed. */
const identify = (endpoint: string, proof: IdentityProof, audience: string) =>
  stsIdentities(new URL(endpoint)).identify(
    identityRequest(proof, { host: new URL(endpoint).host, audience }),
  );

const own = { accessKeyId: KEY.id, secretAccessKey: KEY.secret };
function proofOf(
  credentials: Parameters<typeof proveIdentity>[0],
  endpoint: string,
  audience = AUDIENCE,
) {
  return proveIdentity(credentials, { host: new URL(endpoint).host, audience, region }, Date.now());
}

test("an identity is confirmed for the deployment that it was proved to, and no other", async () => {
  const endpoint = await listening(createSts("000000000000", KEY));
  const proof = proofOf(own, endpoint);
  const arn = "arn:aws:iam::000000000000:user/test";
  expect(await identify(endpoint, proof, AUDIENCE)).toEqual({ kind: "identity", arn });
  const refused = { kind: "refused", code: "SignatureDoesNotMatch" };
  expect(await identify(endpoint, proof, "evil.example")).toEqual(refused);
  expect(await identify(endpoint, proofOf(own, endpoint, "evil.example"), AUDIENCE)).toEqual(
    refused,
  );
  const another = { ...own, secretAccessKey: "another" };
  expect(await identify(endpoint, proofOf(another, endpoint), AUDIENCE)).toEqual(refused);
  expect(
    await identify(endpoint, proofOf({ ...own, accessKeyId: "no" }, endpoint), AUDIENCE),
  ).toEqual({
    kind: "refused",
    code: "InvalidClientTokenId",
  });
});

test("a role that was assumed is told as its session, by a proof that passes the form", async () => {
  const endpoint = await listening(createSts("000000000000", KEY));
  const credentials = await ownCredentials({
    region,
    roleArn: "arn:aws:iam::123456789012:role/service/producer",
    sessionName: "i-0abc",
    local: { endpoint, credentials: own },
  });
  const { authorization, date, securityToken } = proofOf(credentials, endpoint);
  const sent = { Authorization: authorization, Date: date, SecurityToken: securityToken };
  const proof = parseProof(sent, region, Date.now());
  expect(await identify(endpoint, proof, AUDIENCE)).toEqual({
    kind: "identity",
    arn: "arn:aws:sts::123456789012:assumed-role/producer/i-0abc",
  });
  const swapped = { ...proof, securityToken: `${securityToken}x` };
  expect(await identify(endpoint, swapped, AUDIENCE)).toMatchObject({
    kind: "refused",
  });
});

test("STS is asked at the one host of the region", () => {
  expect(stsHost("eu-west-1")).toBe("sts.eu-west-1.amazonaws.com");
  expect(stsHost("cn-north-1")).toBe("sts.cn-north-1.amazonaws.com.cn");
  expect(stsHost("us-gov-west-1")).toBe("sts.us-gov-west-1.amazonaws.com");
  expect(stsHost("eusc-de-east-1")).toBe("sts.eusc-de-east-1.amazonaws.eu");
});

test("no redirection is followed, and trouble of STS's own is thrown", async () => {
  let visits = 0;
  const elsewhere = await answering((_, response) => {
    visits++;
    response.end("{}");
  });
  const redirecting = await answering((_, response) =>
    response.writeHead(307, { location: elsewhere }).end(),
  );
  const ask = (endpoint: string) => identify(endpoint, proofOf(own, endpoint), AUDIENCE);
  await expect(ask(redirecting)).rejects.toThrow("STS answered 307");
  expect(visits).toBe(0);
  const failing = await answering((_, response) => response.writeHead(503).end());
  await expect(ask(failing)).rejects.toThrow("STS answered 503");
  await expect(ask(elsewhere)).rejects.toThrow("STS answered without an identity");
});

test("an answer without end is not read to its end", async () => {
  const endpoint = await answering((_, response) => {
    const piece = Buffer.alloc(STS_ANSWER_MAX_BYTES, " ");
    response.on("drain", () => response.write(piece));
    while (response.write(piece));
  });
  await expect(identify(endpoint, proofOf(own, endpoint), AUDIENCE)).rejects.toThrow(
    "STS answered more than",
  );
});
