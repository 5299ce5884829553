/** UpdateDestination's whole input, also what is not offered. */
import { type InferMembers, required, string } from "../../wire/shape.ts";
import { deliveryStreamName, destinationId } from "./common-shapes.ts";
import { updateShape } from "./destinations/index.ts";
import { extendedS3DestinationUpdate, s3DestinationUpdate } from "./s3-shapes.ts";

export const updateInput = {
  DeliveryStreamName: required(deliveryStreamName),
  CurrentDeliveryStreamVersionId: required(
    string({ minLength: 1, maxLength: 50, pattern: "[0-9]+" }),
  ),
  DestinationId: required(destinationId),
  S3DestinationUpdate: s3DestinationUpdate,
  ExtendedS3DestinationUpdate: extendedS3DestinationUpdate,
  RedshiftDestinationUpdate: updateShape("RedshiftDestinationUpdate"),
  ElasticsearchDestinationUpdate: updateShape("ElasticsearchDestinationUpdate"),
  AmazonopensearchserviceDestinationUpdate: updateShape("AmazonopensearchserviceDestinationUpdate"),
  AmazonOpenSearchServerlessDestinationUpdate: updateShape(
    "AmazonOpenSearchServerlessDestinationUpdate",
  ),
  SplunkDestinationUpdate: updateShape("SplunkDestinationUpdate"),
  HttpEndpointDestinationUpdate: updateShape("HttpEndpointDestinationUpdate"),
  SnowflakeDestinationUpdate: updateShape("SnowflakeDestinationUpdate"),
  IcebergDestinationUpdate: updateShape("IcebergDestinationUpdate"),
} as const;

export type UpdateInput = InferMembers<typeof updateInput>;

export const UPDATES = [
  "S3DestinationUpdate",
  "ExtendedS3DestinationUpdate",
  "RedshiftDestinationUpdate",
  "ElasticsearchDestinationUpdate",
  "AmazonopensearchserviceDestinationUpdate",
  "AmazonOpenSearchServerlessDestinationUpdate",
  "SplunkDestinationUpdate",
  "HttpEndpointDestinationUpdate",
  "SnowflakeDestinationUpdate",
  "IcebergDestinationUpdate",
] as const satisfies readonly (keyof UpdateInput)[];
