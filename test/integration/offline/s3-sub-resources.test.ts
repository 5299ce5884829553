/** A query that asks for something else must never replace or remove what it does not name. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sendRaw } from "../../helpers/raw-http.ts";
import { BUCKET, codeOf, startLocalS3, type LocalS3 } from "../../helpers/local-s3.ts";

let s3: LocalS3;
beforeAll(async () => {
  s3 = await startLocalS3();
  await s3.send("PUT", "/k", "the bytes");
});
afterAll(() => s3.stop());

const isUnharmed = async () => {
  expect((await s3.send("GET", "/k")).text).toBe("the bytes");
  expect((await s3.send("HEAD", "")).status).toBe(200);
};

/** All that S3's reference names, some with an id. */
const SUB_RESOURCES = [
  "accelerate",
  "acl",
  "analytics&id=a",
  "attributes",
  "cors",
  "encryption",
  "intelligent-tiering&id=a",
  "inventory&id=a",
  "legal-hold",
  "lifecycle",
  "location",
  "logging",
  "metadataTable",
  "metrics&id=a",
  "notification",
  "object-lock",
  "ownershipControls",
  "policy",
  "policyStatus",
  "publicAccessBlock",
  "renameObject",
  "replication",
  "requestPayment",
  "restore",
  "retention",
  "select&select-type=2",
  "session",
  "tagging",
  "torrent",
  "versioning",
  "versions",
  "website",
];

describe.each(SUB_RESOURCES)("?%s", (name) => {
  it.each(["PUT", "DELETE", "POST"])(
    "%s of it leaves object and bucket as they are",
    async (method) => {
      for (const path of [`/k?${name}`, `?${name}`, `/?${name}`]) {
        await s3.send(method, path, "<Other/>");
        await isUnharmed();
      }
    },
  );

  it("is never answered by a listing or by the object", async () => {
    for (const path of [`/k?${name}`, `?${name}`]) {
      const { status, text } = await s3.send("GET", path);
      expect([200, 400, 404, 501]).toContain(status);
      expect(text).not.toContain("ListBucketResult");
      expect(text).not.toBe("the bytes");
    }
  });
});

it("refuses by name what is not understood, whatever it is and whatever is asked", async () => {
  const name = fc
    .stringMatching(/^[a-zA-Z][a-zA-Z0-9-]{0,20}$/)
    .filter((drawn) => !/^(x-|expires$)/i.test(drawn));
  const method = fc.constantFrom("GET", "PUT", "DELETE", "POST", "HEAD");
  const path = fc.constantFrom("", "/", "/k");
  await fc.assert(
    fc.asyncProperty(method, path, name, async (verb, where, query) => {
      const answer = await s3.send(verb, `${where}?not-${query}`);
      expect(answer.status).toBe(501);
      if (verb === "HEAD") return;
      expect(codeOf(answer)).toBe("NotImplemented");
      expect(answer.text).toContain(`not-${query}`);
    }),
    { numRuns: 150 },
  );
  await isUnharmed();
});

describe("what Terraform reads of a bucket", () => {
  it.each([
    ["accelerate", 200, "AccelerateConfiguration"],
    ["acl", 200, "AccessControlPolicy"],
    ["cors", 404, "NoSuchCORSConfiguration"],
    ["encryption", 404, "ServerSideEncryptionConfigurationNotFoundError"],
    ["lifecycle", 404, "NoSuchLifecycleConfiguration"],
    ["location", 200, "LocationConstraint"],
    ["logging", 200, "BucketLoggingStatus"],
    ["notification", 200, "NotificationConfiguration"],
    ["object-lock", 404, "ObjectLockConfigurationNotFoundError"],
    ["ownershipControls", 404, "OwnershipControlsNotFoundError"],
    ["policy", 404, "NoSuchBucketPolicy"],
    ["publicAccessBlock", 404, "NoSuchPublicAccessBlockConfiguration"],
    ["replication", 404, "ReplicationConfigurationNotFoundError"],
    ["requestPayment", 200, "BucketOwner"],
    ["tagging", 404, "NoSuchTagSet"],
    ["versioning", 200, "VersioningConfiguration"],
    ["website", 404, "NoSuchWebsiteConfiguration"],
  ])("?%s is %i with %s", async (name, status, content) => {
    const answer = await s3.send("GET", `?${name}`);
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(content);
    expect(codeOf(await s3.send("GET", `-absent?${name}`))).toBe("NoSuchBucket");
  });
});

describe("a bucket", () => {
  const at = (name: string, method: string, body = "") =>
    sendRaw(`${s3.endpoint}/${name}`, { method, body }, true);

  it("may be made twice, with tags, and goes with the uploads that are under way in it", async () => {
    const tag = "<Tag><Key>team</Key><Value>ops</Value></Tag>";
    const body = `<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint><Tags>${tag}</Tags></CreateBucketConfiguration>`;
    expect((await at("bucket-to-go", "PUT", body)).status).toBe(200);
    expect((await at("bucket-to-go", "PUT")).status).toBe(200);
    expect((await at("bucket-to-go?tagging", "GET")).text).toContain(tag);
    expect((await at("bucket-to-go/k?uploads", "POST")).status).toBe(200);
    await at("bucket-to-go/k", "PUT");
    expect(codeOf(await at("bucket-to-go", "DELETE"))).toBe("BucketNotEmpty");
    await at("bucket-to-go/k", "DELETE");
    expect((await at("bucket-to-go", "DELETE")).status).toBe(204);
    expect(codeOf(await at("bucket-to-go", "DELETE"))).toBe("NoSuchBucket");
    await at("bucket-to-go", "PUT");
    expect((await at("bucket-to-go?uploads", "GET")).text).not.toContain("<Upload>");
    expect(codeOf(await at("bucket-to-go?tagging", "GET"))).toBe("NoSuchTagSet");
  });

  it.each(["ab", "Upper", "under_score", "a..b", "192.168.0.1", "-a-", "x".repeat(64)])(
    "may not be called %s",
    async (name) => {
      expect(codeOf(await at(name, "PUT"))).toBe("InvalidBucketName");
    },
  );

  it("is listed by pages, if a client wants pages", async () => {
    for (const name of ["page-b", "page-a", "page-c"]) await at(name, "PUT");
    const names = async (query: string) =>
      [...(await at(`?prefix=page-${query}`, "GET")).text.matchAll(/<Name>(.*?)<\/Name>/g)].map(
        ([, name]) => name,
      );
    expect(await names("&max-buckets=2")).toEqual(["page-a", "page-b"]);
    expect(await names("&max-buckets=2&continuation-token=page-b")).toEqual(["page-c"]);
    expect(await names("&bucket-region=eu-west-1")).toEqual([]);
  });
});

describe("what is set on a bucket", () => {
  const xml = (root: string, content: string) => `<${root} xmlns="urn:s3">${content}</${root}>`;

  it.each([
    [
      "tagging",
      xml("Tagging", "<TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet>"),
      "<Key>a</Key>",
    ],
    [
      "publicAccessBlock",
      xml("PublicAccessBlockConfiguration", "<BlockPublicAcls>true</BlockPublicAcls>"),
      "BlockPublicAcls",
    ],
    [
      "ownershipControls",
      xml(
        "OwnershipControls",
        "<Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule>",
      ),
      "BucketOwnerEnforced",
    ],
    [
      "encryption",
      xml(
        "ServerSideEncryptionConfiguration",
        "<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule>",
      ),
      "AES256",
    ],
  ])("%s is kept, shown, and gone once deleted", async (name, document, content) => {
    expect((await s3.send("PUT", `?${name}`, document)).status).toBeLessThan(300);
    expect((await s3.send("GET", `?${name}`)).text).toContain(content);
    expect((await s3.send("DELETE", `?${name}`)).status).toBe(204);
    expect((await s3.send("GET", `?${name}`)).status).toBe(404);
  });

  it.each([
    ["versioning", xml("VersioningConfiguration", "<Status>Enabled</Status>")],
    ["lifecycle", xml("LifecycleConfiguration", "<Rule/>")],
    ["cors", xml("CORSConfiguration", "<CORSRule/>")],
    ["policy", "{}"],
    ["website", xml("WebsiteConfiguration", "<IndexDocument/>")],
    ["notification", xml("NotificationConfiguration", "<QueueConfiguration/>")],
    ["requestPayment", xml("RequestPaymentConfiguration", "<Payer>Requester</Payer>")],
    [
      "ownershipControls",
      xml("OwnershipControls", "<Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule>"),
    ],
  ])("%s that would not hold is refused", async (name, document) => {
    const answer = await s3.send("PUT", `?${name}`, document);
    expect([answer.status, codeOf(answer)]).toEqual([501, "NotImplemented"]);
  });

  it("wants the document of that setting", async () => {
    const document = xml("Tagging", "<TagSet/>");
    expect(codeOf(await s3.send("PUT", "?publicAccessBlock", document))).toBe("MalformedXML");
    expect(codeOf(await s3.send("PUT", "?publicAccessBlock", "<Public"))).toBe("MalformedXML");
  });
});

describe("tags of an object", () => {
  const tagging = (...keys: string[]) =>
    `<Tagging><TagSet>${keys.map((key) => `<Tag><Key>${key}</Key><Value>v</Value></Tag>`).join("")}</TagSet></Tagging>`;
  const tagsOf = async (path: string) =>
    [...(await s3.send("GET", `/${path}?tagging`)).text.matchAll(/<Key>(.*?)<\/Key>/g)].map(
      ([, key]) => key,
    );

  it("are set, counted and removed without a touch on the object", async () => {
    await s3.send("PUT", "/tagged", "content", { "x-amz-meta-kind": "log" });
    expect((await s3.send("PUT", "/tagged?tagging", tagging("a", "b"))).status).toBe(200);
    expect(await tagsOf("tagged")).toEqual(["a", "b"]);
    const { headers, text } = await s3.send("GET", "/tagged");
    expect(text).toBe("content");
    expect(headers).toMatchObject({ "x-amz-tagging-count": "2", "x-amz-meta-kind": "log" });
    expect((await s3.send("DELETE", "/tagged?tagging")).status).toBe(204);
    expect(await tagsOf("tagged")).toEqual([]);
    expect((await s3.send("GET", "/tagged")).text).toBe("content");
  });

  it("come with a put, follow a copy, and go with what replaces the object", async () => {
    await s3.send("PUT", "/from", "1", { "x-amz-tagging": "team=ops&stage=dev%20one" });
    await s3.send("PUT", "/to", "", { "x-amz-copy-source": `/${BUCKET}/from` });
    expect(await tagsOf("to")).toEqual(["team", "stage"]);
    expect((await s3.send("GET", "/to?tagging")).text).toContain("dev one");
    await s3.send("PUT", "/to", "2");
    expect(await tagsOf("to")).toEqual([]);
  });

  it.each([
    ["more than ten", tagging(..."abcdefghijk"), "InvalidTag"],
    ["one key twice", tagging("a", "a"), "InvalidTag"],
    ["a long key", tagging("k".repeat(129)), "InvalidTag"],
    ["none at all", "", "MalformedXML"],
  ])("are refused: %s", async (_, document, code) => {
    expect(codeOf(await s3.send("PUT", "/k?tagging", document))).toBe(code);
  });

  it("need an object", async () => {
    expect(codeOf(await s3.send("PUT", "/nothing?tagging", tagging("a")))).toBe("NoSuchKey");
    expect((await s3.send("HEAD", "/nothing")).status).toBe(404);
  });
});

describe("headers that would be taken and not done", () => {
  it.each([
    ["x-amz-acl", "public-read", "AccessControlListNotSupported"],
    [
      "x-amz-grant-read",
      'uri="http://acs.amazonaws.com/groups/global/AllUsers"',
      "AccessControlListNotSupported",
    ],
    ["x-amz-server-side-encryption-customer-algorithm", "AES256", "NotImplemented"],
    ["x-amz-object-lock-mode", "GOVERNANCE", "NotImplemented"],
    ["x-amz-write-offset-bytes", "9", "NotImplemented"],
    ["x-amz-storage-class", "GLACIER", "NotImplemented"],
  ])("%s: %s is %s", async (name, value, code) => {
    expect(codeOf(await s3.send("PUT", "/refused", "x", { [name]: value }))).toBe(code);
    expect((await s3.send("HEAD", "/refused")).status).toBe(404);
  });

  it("are no headers when they are empty", async () => {
    expect((await s3.send("PUT", "/empty-acl", "x", { "x-amz-acl": "" })).status).toBe(200);
  });

  it("are kept and shown where that is all they do", async () => {
    const headers = {
      "x-amz-server-side-encryption": "aws:kms",
      "x-amz-storage-class": "STANDARD_IA",
      "cache-control": "no-store",
      expires: "Thu, 01 Dec 2033 16:00:00 GMT",
    };
    await s3.send("PUT", "/described", "x", { ...headers, "x-amz-acl": "private" });
    expect((await s3.send("HEAD", "/described")).headers).toMatchObject(headers);
  });
});
