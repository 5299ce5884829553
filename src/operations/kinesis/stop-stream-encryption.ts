/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_StopStreamEncryption.html */
import { operation } from "../../wire/operation.ts";
import { required } from "../../wire/shape.ts";
import type { DataStreamContext } from "../context.ts";
import { changeStream, updating } from "./change-stream.ts";
import { encryptionType, keyId, streamAddress } from "./common-shapes.ts";
import { addressedArn, requireActive } from "./find-stream.ts";
import { requireKms } from "./refusals.ts";

export const stopStreamEncryption = operation({
  input: {
    ...streamAddress,
    EncryptionType: required(encryptionType),
    // Required, and not compared: AWS stops whatever key is in use.
    KeyId: required(keyId),
  },
  resource: addressedArn,
  async handle({ EncryptionType, ...address }, context: DataStreamContext) {
    requireKms(EncryptionType);
    await changeStream(address, context, (stream) => {
      requireActive(stream, context);
      const { encryptionKeyId: _key, ...plain } = stream;
      return { ...plain, ...updating(context) };
    });
  },
});
