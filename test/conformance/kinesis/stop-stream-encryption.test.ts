import { expect, it } from "vitest";
import { itFindsStreams, itWaitsForItsTurn } from "./addressed.ts";
import { conformance } from "./conformance.ts";
import { missing, STRUCTURE_FOR_SCALAR } from "./sentences.ts";
import { freshStream, sdk, summaryOf, untilActive } from "./streams.ts";

const StreamName = "clicks";
const KMS = { EncryptionType: "KMS", KeyId: "alias/aws/kinesis" };

conformance("StopStreamEncryption", {
  serialization: {
    "takes no structure for a key": [{ ...KMS, StreamName, KeyId: {} }, STRUCTURE_FOR_SCALAR],
  },
  validation: {
    "wants a type and a key": [{ StreamName }, missing("encryptionType"), missing("keyId")],
  },
  behaviour(subject) {
    const { call } = subject;
    itFindsStreams(subject, KMS);
    itWaitsForItsTurn(subject, (name) => ({ StreamName: name, ...KMS }));

    it("shows no key any more", async () => {
      const name = await freshStream();
      await sdk.call("StartStreamEncryption", { StreamName: name, ...KMS });
      await untilActive(name);
      expect(await call({ StreamName: name, ...KMS })).toEqual({});
      const summary = await summaryOf(name);
      expect(summary).toMatchObject({ EncryptionType: "NONE" });
      expect(summary).not.toHaveProperty("KeyId");
    });
  },
});
