/** What the metrics of each receiver are called, apart from the receivers themselves: every flush counts, few are for one. */
import type { MetricSet } from "../../../metrics.ts";
import type { ReceiverSettings } from "./settings.ts";

interface ReceiverMetrics {
  /** What its metrics begin with. */
  readonly prefix: string;
  /** Of those besides bytes, records, success and freshness. */
  readonly units?: MetricSet["units"];
}

export const RECEIVER_METRICS: Readonly<Record<ReceiverSettings["kind"], ReceiverMetrics>> = {
  redshift: { prefix: "DeliveryToRedshift" },
  elasticsearch: { prefix: "DeliveryToElasticsearch" },
  opensearch: { prefix: "DeliveryToAmazonOpenSearchService" },
  "opensearch-serverless": { prefix: "DeliveryToAmazonOpenSearchServerless" },
  splunk: {
    prefix: "DeliveryToSplunk",
    units: { "DeliveryToSplunk.DataAckLatency": "Seconds" },
  },
  "http-endpoint": {
    prefix: "DeliveryToHttpEndpoint",
    units: {
      "DeliveryToHttpEndpoint.ProcessedBytes": "Bytes",
      "DeliveryToHttpEndpoint.ProcessedRecords": "Count",
    },
  },
  snowflake: {
    prefix: "DeliveryToSnowflake",
    units: { "DeliveryToSnowflake.DataCommitLatency": "Seconds" },
  },
  // Rows are counted besides.
  iceberg: {
    prefix: "DeliveryToIceberg",
    units: {
      "DeliveryToIceberg.IncomingRowCount": "Count",
      "DeliveryToIceberg.SuccessfulRowCount": "Count",
      "DeliveryToIceberg.FailedRowCount": "Count",
    },
  },
};
