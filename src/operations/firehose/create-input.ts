/**
 * CreateDeliveryStream's whole input, also what is not offered, so that shape errors come before any other and
 * all together.
 */
import { required, structure, type InferMembers } from "../../wire/shape.ts";
import { deliveryStreamName, deliveryStreamType } from "./common-shapes.ts";
import { configurationShape } from "./destinations/index.ts";
import { extendedS3DestinationConfiguration, s3DestinationConfiguration } from "./s3-shapes.ts";
import {
  directPutSource,
  encryptionInput,
  kinesisSource,
  mskSource,
  tags,
} from "./source-shapes.ts";

export const createInput = {
  DeliveryStreamName: required(deliveryStreamName),
  DeliveryStreamType: deliveryStreamType,
  DirectPutSourceConfiguration: directPutSource,
  KinesisStreamSourceConfiguration: kinesisSource,
  MSKSourceConfiguration: mskSource,
  // Only its presence matters.
  DatabaseSourceConfiguration: structure({}),
  DeliveryStreamEncryptionConfigurationInput: encryptionInput,
  S3DestinationConfiguration: s3DestinationConfiguration,
  ExtendedS3DestinationConfiguration: extendedS3DestinationConfiguration,
  RedshiftDestinationConfiguration: configurationShape("RedshiftDestinationConfiguration"),
  ElasticsearchDestinationConfiguration: configurationShape(
    "ElasticsearchDestinationConfiguration",
  ),
  AmazonopensearchserviceDestinationConfiguration: configurationShape(
    "AmazonopensearchserviceDestinationConfiguration",
  ),
  AmazonOpenSearchServerlessDestinationConfiguration: configurationShape(
    "AmazonOpenSearchServerlessDestinationConfiguration",
  ),
  SplunkDestinationConfiguration: configurationShape("SplunkDestinationConfiguration"),
  HttpEndpointDestinationConfiguration: configurationShape("HttpEndpointDestinationConfiguration"),
  SnowflakeDestinationConfiguration: configurationShape("SnowflakeDestinationConfiguration"),
  IcebergDestinationConfiguration: configurationShape("IcebergDestinationConfiguration"),
  Tags: tags,
} as const;

export type CreateInput = InferMembers<typeof createInput>;

export const DESTINATIONS = [
  "S3DestinationConfiguration",
  "ExtendedS3DestinationConfiguration",
  "RedshiftDestinationConfiguration",
  "ElasticsearchDestinationConfiguration",
  "AmazonopensearchserviceDestinationConfiguration",
  "AmazonOpenSearchServerlessDestinationConfiguration",
  "SplunkDestinationConfiguration",
  "HttpEndpointDestinationConfiguration",
  "SnowflakeDestinationConfiguration",
  "IcebergDestinationConfiguration",
] as const satisfies readonly (keyof CreateInput)[];
