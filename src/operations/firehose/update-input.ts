/** UpdateDestination's whole input, also what is not offered. */
import { type InferMembers, required, string, structure } from "../../wire/shape.ts";
import { deliveryStreamName, destinationId } from "./common-shapes.ts";
import { extendedS3DestinationUpdate, s3DestinationUpdate } from "./s3-shapes.ts";

/** Of the destinations that are not offered only their presence matters. */
const anything = structure({});

export const updateInput = {
  DeliveryStreamName: required(deliveryStreamName),
  CurrentDeliveryStreamVersionId: required(
    string({ minLength: 1, maxLength: 50, pattern: "[0-9]+" }),
  ),
  DestinationId: required(destinationId),
  S3DestinationUpdate: s3DestinationUpdate,
  ExtendedS3DestinationUpdate: extendedS3DestinationUpdate,
  RedshiftDestinationUpdate: anything,
  ElasticsearchDestinationUpdate: anything,
  AmazonopensearchserviceDestinationUpdate: anything,
  AmazonOpenSearchServerlessDestinationUpdate: anything,
  SplunkDestinationUpdate: anything,
  HttpEndpointDestinationUpdate: anything,
  SnowflakeDestinationUpdate: anything,
  IcebergDestinationUpdate: anything,
} as const;

export type UpdateInput = InferMembers<typeof updateInput>;

/** Each with what AWS calls the type in its refusals. */
export const OTHER_UPDATES = {
  RedshiftDestinationUpdate: "Redshift",
  ElasticsearchDestinationUpdate: "Elasticsearch",
  AmazonopensearchserviceDestinationUpdate: "Amazonopensearchservice",
  AmazonOpenSearchServerlessDestinationUpdate: "AmazonOpenSearchServerless",
  SplunkDestinationUpdate: "Splunk",
  HttpEndpointDestinationUpdate: "HttpEndpoint",
  SnowflakeDestinationUpdate: "Snowflake",
  IcebergDestinationUpdate: "Iceberg",
} as const satisfies Partial<Record<keyof UpdateInput, string>>;
