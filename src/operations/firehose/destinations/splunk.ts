/**
 * Splunk. AWS shows its token to whoever describes the stream, and so does Hydrant: tools compare it. A secret keeps it.
 * https://docs.aws.amazon.com/firehose/latest/APIReference/API_SplunkDestinationConfiguration.html
 */
import { isTokenText } from "../../../delivery/destinations/splunk/token.ts";
import {
  SPLUNK_ACK_TIMEOUT_DEFAULT_SECONDS,
  SPLUNK_BUFFER_MAX_MIB,
  SPLUNK_BUFFER_MAX_SECONDS,
  SPLUNK_RETRY_DEFAULT_SECONDS,
  SPLUNK_TRANSFORM_BUFFER_DEFAULT_BYTES,
} from "../../../limits.ts";
import { invalidArgument } from "../refusals.ts";
import {
  actingRole,
  describeReceiver,
  mergedReceiver,
  namedByReceiver,
  readReceiver,
  readSecret,
} from "./common.ts";
import { destinationKind } from "./kind.ts";
import { type SplunkConfiguration, splunkConfiguration, splunkUpdate } from "./splunk-shapes.ts";

export const splunk = destinationKind({
  members: {
    configuration: "SplunkDestinationConfiguration",
    update: "SplunkDestinationUpdate",
    description: "SplunkDestinationDescription",
  },
  typeName: "Splunk",
  configuration: splunkConfiguration,
  update: splunkUpdate,
  read(configuration, context) {
    check(configuration);
    const { HECEndpoint, HECEndpointType } = configuration;
    return readReceiver(
      configuration,
      {
        hints: hintsOf(configuration),
        receiver: {
          kind: "splunk",
          place: HECEndpoint,
          roleArn: actingRole(configuration),
          retrySeconds: secondsOf(configuration.RetryOptions),
          ...readSecret(configuration),
          endpoint: HECEndpoint,
          endpointType: HECEndpointType,
          ackTimeoutSeconds: ackTimeoutOf(configuration),
        },
        isAllBackedUp: configuration.S3BackupMode === "AllEvents",
        transformBufferBytes: SPLUNK_TRANSFORM_BUFFER_DEFAULT_BYTES,
      },
      context,
    );
  },
  secretsOf({ HECToken }) {
    return HECToken === undefined ? {} : { HECToken };
  },
  withoutSecrets: (configuration) => configuration,
  restored: (plain) => plain,
  describe(configuration) {
    const { HECEndpoint, HECEndpointType, HECToken } = configuration;
    return {
      HECEndpoint,
      HECEndpointType,
      ...(HECToken !== undefined && { HECToken }),
      HECAcknowledgmentTimeoutInSeconds: ackTimeoutOf(configuration),
      BufferingHints: hintsOf(configuration),
      RetryOptions: { DurationInSeconds: secondsOf(configuration.RetryOptions) },
      S3BackupMode: configuration.S3BackupMode ?? "FailedEventsOnly",
      ...describeReceiver(configuration),
    };
  },
  merged(standing, update) {
    // As AWS documents it; its sentence is not known.
    if (standing.S3BackupMode === "AllEvents" && update.S3BackupMode === "FailedEventsOnly") {
      throw invalidArgument("S3 backup cannot be disabled once it has been enabled.");
    }
    return mergedReceiver(standing, update);
  },
  named: (settings, place) => [
    ...(settings.HECEndpoint ? [{ kind: "endpoint", arn: settings.HECEndpoint } as const] : []),
    ...namedByReceiver(settings, place),
  ],
});

/** An address of IPv6 stands in brackets. */
const ENDPOINT = /^https?:\/\/(\[[^\]]+\]|[^/:?#@\s]+):\d{1,5}$/;

function check(configuration: SplunkConfiguration): void {
  const { HECEndpoint, HECToken = "", SecretsManagerConfiguration } = configuration;
  if (!ENDPOINT.test(HECEndpoint)) {
    throw invalidArgument(
      "Invalid HECEndpoint. Supported endpoint format is https://<domain>:<port>.",
    );
  }
  if (SecretsManagerConfiguration?.Enabled === true) return;
  // AWS's sentences are not known.
  if (HECToken === "") {
    throw invalidArgument("HECToken is required where no secret of Secrets Manager is enabled.");
  }
  if (!isTokenText(HECToken)) {
    throw invalidArgument("HECToken must hold visible ASCII characters alone.");
  }
}

function hintsOf({ BufferingHints = {} }: SplunkConfiguration) {
  const { SizeInMBs = SPLUNK_BUFFER_MAX_MIB } = BufferingHints;
  const { IntervalInSeconds = SPLUNK_BUFFER_MAX_SECONDS } = BufferingHints;
  return { SizeInMBs, IntervalInSeconds };
}

function secondsOf(options: SplunkConfiguration["RetryOptions"]): number {
  return options?.DurationInSeconds ?? SPLUNK_RETRY_DEFAULT_SECONDS;
}

function ackTimeoutOf(configuration: SplunkConfiguration): number {
  return configuration.HECAcknowledgmentTimeoutInSeconds ?? SPLUNK_ACK_TIMEOUT_DEFAULT_SECONDS;
}
