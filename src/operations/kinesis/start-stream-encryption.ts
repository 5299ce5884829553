/**
 * https://docs.aws.amazon.com/kinesis/latest/APIReference/API_StartStreamEncryption.html
 *
 * differs from AWS: records are always encrypted at rest with the keys of the table and the bucket. The key named
 * here is shown again and never used.
 */
import { operation } from "../../wire/operation.ts";
import { required } from "../../wire/shape.ts";
import type { DataStreamContext } from "../context.ts";
import { changeStream, updating } from "./change-stream.ts";
import { encryptionType, keyId, streamAddress } from "./common-shapes.ts";
import { addressedArn, requireActive } from "./find-stream.ts";
import { requireKms } from "./refusals.ts";

export const startStreamEncryption = operation({
  input: {
    ...streamAddress,
    EncryptionType: required(encryptionType),
    KeyId: required(keyId),
  },
  resource: addressedArn,
  async handle({ EncryptionType, KeyId, ...address }, context: DataStreamContext) {
    requireKms(EncryptionType);
    await changeStream(address, context, (stream) => {
      requireActive(stream, context);
      return { ...stream, encryptionKeyId: KeyId, ...updating(context) };
    });
  },
});
