/** Which receiver a stream's settings ask for: one row for each kind. */
import { httpEndpointSender } from "../http-endpoint/sender.ts";
import { icebergReceiver } from "../iceberg/receiver.ts";
import { openSearchSender } from "../opensearch/sender.ts";
import type { OpenSearchSettings } from "../opensearch/settings.ts";
import { redshiftFollower } from "../redshift/follower.ts";
import { splunkSender } from "../splunk/sender.ts";
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

type Openers = {
  readonly [Kind in ReceiverSettings["kind"]]: (
    making: ReceiverMaking<Extract<ReceiverSettings, { kind: Kind }>>,
  ) => ReceiverKind;
};

const openSearch = ({ settings, ports }: ReceiverMaking<OpenSearchSettings>) =>
  ({ kind: "batches", sender: openSearchSender(settings, ports) }) as const;

const OPENERS: Openers = {
  redshift({ settings, ports: { redshift } }) {
    if (redshift === undefined) throw new Error("nothing here delivers to Redshift");
    return { kind: "behind-objects", follower: redshiftFollower(settings, redshift) };
  },
  elasticsearch: openSearch,
  opensearch: openSearch,
  "opensearch-serverless": openSearch,
  splunk: (making) => ({ kind: "batches", sender: splunkSender(making) }),
  "http-endpoint": (making) => ({ kind: "batches", sender: httpEndpointSender(making) }),
  snowflake: ({ settings, secrets, ports }) => ({
    kind: "batches",
    sender: snowflakeSender(settings, secrets, ports),
  }),
  iceberg: ({ settings, ports }) => ({
    kind: "whole",
    receiver: icebergReceiver(settings, ports),
  }),
};

export function openReceiver(making: ReceiverMaking): ReceiverKind {
  const open = OPENERS[making.settings.kind] as (making: ReceiverMaking) => ReceiverKind;
  return open(making);
}
