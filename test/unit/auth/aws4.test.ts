/** Requests as aws4, a signer that many libraries without an SDK use, signs them. */
import aws4 from "aws4";
import { expect, test } from "vitest";
import { createVerifier } from "../../../src/auth/sigv4.ts";
import { ACCESS_KEY, REGION, signedAtMs } from "../../helpers/signed-by-sdk.ts";
import { memoryAccessKeys } from "../../../src/storage/memory/access-keys.ts";

test.each([
  ["with its content type", { "Content-Type": "application/x-amz-json-1.1" }],
  ["without one", {}],
])("a request that aws4 signs %s is its key holder's", async (_, extra) => {
  const body = '{"Limit":1,"Name":"grüße"}';
  const { headers = {} } = aws4.sign(
    {
      host: "api.example:4566",
      path: "/dev/?b=%2F&a=1",
      method: "POST",
      service: "firehose",
      region: REGION,
      headers: { "X-Amz-Target": "Firehose_20150804.ListDeliveryStreams", ...extra },
      body,
    },
    { accessKeyId: ACCESS_KEY.id, secretAccessKey: ACCESS_KEY.secret },
  );
  const request = {
    method: "POST",
    paths: ["/dev/"],
    query: [
      ["b", "/"],
      ["a", "1"],
    ],
    headers: new Map(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [String(value)]]),
    ),
    body,
  } as const;
  const verifier = createVerifier({
    keys: memoryAccessKeys(ACCESS_KEY),
    region: REGION,
    clock: { now: () => signedAtMs(request), sleep: () => Promise.resolve() },
  });
  await expect(verifier.verify(request, "firehose")).resolves.toMatchObject({
    accessKey: ACCESS_KEY,
  });
  await expect(verifier.verify({ ...request, body: "{}" }, "firehose")).rejects.toThrow(
    /^The request signature/,
  );
});
