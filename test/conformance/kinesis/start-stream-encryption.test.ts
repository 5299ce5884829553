import { expect, it } from "vitest";
import { itFindsStreams, itWaitsForItsTurn } from "./addressed.ts";
import { conformance } from "./conformance.ts";
import {
  bad,
  lengthAtLeast,
  LIST_FOR_SCALAR,
  missing,
  NUMBER_FOR_TEXT,
  oneOf,
} from "./sentences.ts";
import { freshStream, sdk, sharedStream, summaryOf, untilActive } from "./streams.ts";

const StreamName = "clicks";
const KMS = { EncryptionType: "KMS", KeyId: "alias/aws/kinesis" };
const plain = sharedStream();

conformance("StartStreamEncryption", {
  serialization: {
    "takes no number for a key": [{ ...KMS, StreamName, KeyId: 5 }, NUMBER_FOR_TEXT],
    "takes no list for a type": [{ ...KMS, StreamName, EncryptionType: [] }, LIST_FOR_SCALAR],
  },
  validation: {
    "wants a type and a key": [{ StreamName }, missing("encryptionType"), missing("keyId")],
    "knows two types, and no empty key": [
      { StreamName, EncryptionType: "AES", KeyId: "" },
      bad("encryptionType", "AES", oneOf("NONE", "KMS")),
      bad("keyId", "", lengthAtLeast(1)),
    ],
  },
  behaviour(subject) {
    const { call, refuses } = subject;
    itFindsStreams(subject, KMS);
    itWaitsForItsTurn(subject, (name) => ({ StreamName: name, ...KMS }));

    it("shows the key from then on, and marks what is put", async () => {
      const name = await freshStream();
      expect(await call({ StreamName: name, ...KMS })).toEqual({});
      expect(await summaryOf(name)).toMatchObject(KMS);
      const put = { StreamName: name, PartitionKey: "a", Data: Buffer.from("x") };
      expect(await sdk.call("PutRecord", put)).toMatchObject({ EncryptionType: "KMS" });
      await untilActive(name);
      await call({ StreamName: name, ...KMS, KeyId: "alias/other" });
      expect(await summaryOf(name)).toMatchObject({ KeyId: "alias/other" });
    });

    it("starts no encryption of type NONE", async () => {
      await refuses(
        { StreamName: await plain(), ...KMS, EncryptionType: "NONE" },
        "InvalidArgumentException",
        "EncryptionType must be KMS, got NONE.",
      );
    });
  },
});
