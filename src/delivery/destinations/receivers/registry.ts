/** Which receiver a stream's settings ask for: one row for each kind. */
import { httpEndpointSender } from "../http-endpoint/sender.ts";
import type { MetricSet } from "../../../metrics.ts";
import { ICEBERG_UNITS, icebergReceiver } from "../iceberg/receiver.ts";
import { openSearchSender } from "../opensearch/sender.ts";
import type { OpenSearchSettings } from "../opensearch/settings.ts";
import { redshiftFollower } from "../redshift/follower.ts";
import { SPLUNK_UNITS, splunkSender } from "../splunk/sender.ts";
import { snowflakeSender } from "../snowflake/sender.ts";
import type { ReceiverPorts } from "./ports.ts";
import type { BatchSender, ObjectFollower, Receiver } from "./port.ts";
import type { ReceiverSecrets, ReceiverSettings } from "./settings.ts";

/** What a flush's receiver is made of. */
export interface ReceiverMaking<Settings = ReceiverSettings> {
  /** Of the plan. */
  readonly settings: Settings;
  /** Of the stream as it is now. */
  readonly secrets: ReceiverSecrets;
  readonly ports: ReceiverPorts;
}

export type ReceiverKind =
  | { readonly kind: "batches"; readonly sender: BatchSender }
  | { readonly kind: "whole"; readonly receiver: Receiver }
  | { readonly kind: "behind-objects"; readonly follower: ObjectFollower };

type Rows = {
  readonly [Kind in ReceiverSettings["kind"]]: {
    /** What its metrics begin with: `DeliveryToHttpEndpoint`. */
    readonly metricName: string;
    /** Of its metrics besides bytes, records, success and freshness: `{ "DeliveryToSplunk.DataAckLatency": "Seconds" }`. */
    readonly units?: MetricSet["units"];
    open(making: ReceiverMaking<Extract<ReceiverSettings, { kind: Kind }>>): ReceiverKind;
  };
};

const openSearch = ({ settings, ports }: ReceiverMaking<OpenSearchSettings>) =>
  ({ kind: "batches", sender: openSearchSender(settings, ports) }) as const;

export const RECEIVERS: Rows = {
  snowflake: {
    metricName: "DeliveryToSnowflake",
    units: { "DeliveryToSnowflake.DataCommitLatency": "Seconds" },
    open: ({ settings, secrets, ports }) => ({
      kind: "batches",
      sender: snowflakeSender(settings, secrets, ports),
    }),
  },
  "http-endpoint": {
    metricName: "DeliveryToHttpEndpoint",
    units: {
      "DeliveryToHttpEndpoint.ProcessedBytes": "Bytes",
      "DeliveryToHttpEndpoint.ProcessedRecords": "Count",
    },
    open: (making) => ({ kind: "batches", sender: httpEndpointSender(making) }),
  },
  iceberg: {
    metricName: "DeliveryToIceberg",
    units: ICEBERG_UNITS,
    open: ({ settings, ports }) => ({
      kind: "whole",
      receiver: icebergReceiver(settings, ports),
    }),
  },
  opensearch: { metricName: "DeliveryToAmazonOpenSearchService", open: openSearch },
  "opensearch-serverless": {
    metricName: "DeliveryToAmazonOpenSearchServerless",
    open: openSearch,
  },
  elasticsearch: { metricName: "DeliveryToElasticsearch", open: openSearch },
  redshift: {
    metricName: "DeliveryToRedshift",
    open({ settings, ports: { redshift } }) {
      if (redshift === undefined) throw new Error("nothing here delivers to Redshift");
      return { kind: "behind-objects", follower: redshiftFollower(settings, redshift) };
    },
  },
  splunk: {
    metricName: "DeliveryToSplunk",
    units: SPLUNK_UNITS,
    open: (making) => ({ kind: "batches", sender: splunkSender(making) }),
  },
};

export function openReceiver(making: ReceiverMaking): ReceiverKind {
  const row = RECEIVERS[making.settings.kind] as { open(making: ReceiverMaking): ReceiverKind };
  return row.open(making);
}
