/**
 * Of a declared stream what Kinesis's own calls set as well: tags, metrics, encryption and the largest record. What the
 * template names is as it says; what it does not name is left to those calls.
 */
import { TAGS_PER_STREAM_MAX_COUNT } from "../../limits.ts";
import { type Infer, list, required, string, structure } from "../../wire/shape.ts";
import type { DataStream } from "../../streams/stream.ts";
import { dataStreamArn } from "../arn.ts";
import type { DataStreamContext } from "../context.ts";
import { addTags, removeTags } from "../kinesis/change-tags.ts";
import {
  encryptionType,
  keyId,
  maxRecordSizeKiB,
  tagKey,
  tagValue,
} from "../kinesis/common-shapes.ts";
import { SHARD_LEVEL_METRICS } from "../kinesis/describe.ts";
import { disableEnhancedMonitoring } from "../kinesis/disable-enhanced-monitoring.ts";
import { enableEnhancedMonitoring } from "../kinesis/enable-enhanced-monitoring.ts";
import { startStreamEncryption } from "../kinesis/start-stream-encryption.ts";
import { updateMaxRecordSize } from "../kinesis/update-max-record-size.ts";

export const tagList = list(structure({ Key: required(tagKey), Value: required(tagValue) }), {
  maxLength: TAGS_PER_STREAM_MAX_COUNT,
});

export const streamSettings = {
  Tags: tagList,
  StreamEncryption: structure({
    EncryptionType: required(encryptionType),
    KeyId: required(keyId),
  }),
  DesiredShardLevelMetrics: list(string({ enum: [...SHARD_LEVEL_METRICS, "ALL"] }), {
    maxLength: 7,
  }),
  MaxRecordSizeInKiB: maxRecordSizeKiB,
} as const;

const settings = structure(streamSettings);

export type StreamSettings = Infer<typeof settings>;

/** @param active waits until the stream is, and answers it: Kinesis changes one thing at a time */
export async function bringSettings(
  declared: StreamSettings,
  active: () => Promise<DataStream>,
  context: DataStreamContext,
): Promise<void> {
  const { StreamEncryption, MaxRecordSizeInKiB, DesiredShardLevelMetrics, Tags } = declared;
  const standing = await active();
  const address = { StreamName: standing.name };
  if (MaxRecordSizeInKiB !== undefined && MaxRecordSizeInKiB !== standing.maxRecordKiB) {
    await updateMaxRecordSize.handle(
      { StreamARN: arnOf(standing, context), MaxRecordSizeInKiB },
      context,
    );
    await active();
  }
  if (StreamEncryption !== undefined && StreamEncryption.KeyId !== standing.encryptionKeyId) {
    await startStreamEncryption.handle({ ...address, ...StreamEncryption }, context);
    await active();
  }
  if (DesiredShardLevelMetrics !== undefined) {
    await bringMetrics(standing, DesiredShardLevelMetrics, context);
  }
  if (Tags !== undefined) {
    await bringTags({ ResourceARN: arnOf(standing, context) }, standing.tags, Tags, context);
  }
}

function arnOf({ name }: DataStream, context: DataStreamContext): string {
  return dataStreamArn(context, name);
}

async function bringMetrics(
  { name: StreamName, shardLevelMetrics: standing }: DataStream,
  given: NonNullable<StreamSettings["DesiredShardLevelMetrics"]>,
  context: DataStreamContext,
): Promise<void> {
  const isWanted = (metric: (typeof SHARD_LEVEL_METRICS)[number]) =>
    given.includes("ALL") || given.includes(metric);
  const gone = SHARD_LEVEL_METRICS.filter(
    (metric) => standing.includes(metric) && !isWanted(metric),
  );
  const added = SHARD_LEVEL_METRICS.filter(
    (metric) => !standing.includes(metric) && isWanted(metric),
  );
  if (gone.length > 0) {
    await disableEnhancedMonitoring.handle({ StreamName, ShardLevelMetrics: gone }, context);
  }
  if (added.length > 0) {
    await enableEnhancedMonitoring.handle({ StreamName, ShardLevelMetrics: added }, context);
  }
}

/** Exactly these. */
export async function bringTags(
  address: { readonly ResourceARN: string },
  standing: Readonly<Record<string, string>>,
  given: NonNullable<StreamSettings["Tags"]>,
  context: DataStreamContext,
): Promise<void> {
  const wanted = tagsOf(given);
  const gone = Object.keys(standing).filter((key) => !Object.hasOwn(wanted, key));
  const isSame = Object.entries(wanted).every(
    ([key, value]) => Object.hasOwn(standing, key) && standing[key] === value,
  );
  if (gone.length > 0) await removeTags(address, gone, context);
  if (!isSame) await addTags(address, wanted, context);
}

export function tagsOf(
  given: NonNullable<StreamSettings["Tags"]>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(given.map(({ Key, Value }) => [Key, Value]));
}
