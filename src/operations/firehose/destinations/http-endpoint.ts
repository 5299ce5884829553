/** https://docs.aws.amazon.com/firehose/latest/APIReference/API_HttpEndpointDestinationConfiguration.html */
import { isHeaderText } from "../../../delivery/destinations/http-endpoint/header-text.ts";
import type { HttpEndpointSettings } from "../../../delivery/destinations/http-endpoint/settings.ts";
import {
  BUFFER_INTERVAL_DEFAULT_SECONDS,
  BUFFER_SIZE_DEFAULT_MIB,
  BYTES_PER_MIB,
  HTTP_ENDPOINT_RETRY_DEFAULT_SECONDS,
  PARCEL_PIECE_BYTES,
} from "../../../limits.ts";
import type { NamedTarget } from "../../../targets/kinds.ts";
import { invalidArgument } from "../refusals.ts";
import type { ReadContext } from "../s3-destination.ts";
import {
  actingRole,
  checkBothHints,
  describeReceiver,
  mergedReceiver,
  namedByReceiver,
  readReceiver,
  readSecret,
} from "./common.ts";
import {
  type HttpEndpointConfiguration,
  httpEndpointConfiguration,
  httpEndpointUpdate,
} from "./http-endpoint-shapes.ts";
import { destinationKind } from "./kind.ts";

/** An attribute of ours, which is not sent: `true` takes any 2xx as a success. */
const LENIENT = "hydrant:lenient";

export const httpEndpoint = destinationKind({
  members: {
    configuration: "HttpEndpointDestinationConfiguration",
    update: "HttpEndpointDestinationUpdate",
    description: "HttpEndpointDestinationDescription",
  },
  typeName: "HttpEndpoint",
  configuration: httpEndpointConfiguration,
  update: httpEndpointUpdate,
  read(configuration, context) {
    const hints = hintsOf(configuration);
    const requestMaxBytes = Math.min(hints.SizeInMBs * BYTES_PER_MIB, PARCEL_PIECE_BYTES);
    return readReceiver(
      configuration,
      {
        hints,
        receiver: { ...readEndpoint(configuration, context), requestMaxBytes },
        isAllBackedUp: configuration.S3BackupMode === "AllData",
      },
      context,
    );
  },
  secretsOf({ EndpointConfiguration: { AccessKey } }) {
    return AccessKey === undefined ? {} : { AccessKey };
  },
  withoutSecrets(configuration): HttpEndpointConfiguration {
    const { AccessKey: _secret, ...endpoint } = configuration.EndpointConfiguration;
    return withEndpoint(configuration, endpoint);
  },
  restored(plain, { AccessKey }) {
    if (AccessKey === undefined) return plain;
    return withEndpoint(plain, { ...plain.EndpointConfiguration, AccessKey });
  },
  describe(configuration) {
    const { RequestConfiguration: request, RetryOptions, RoleARN } = configuration;
    const { Url, Name } = configuration.EndpointConfiguration;
    return {
      EndpointConfiguration: { Url, ...(Name !== undefined && { Name }) },
      BufferingHints: hintsOf(configuration),
      ...(request && { RequestConfiguration: withEncoding(request) }),
      ...(RoleARN !== undefined && { RoleARN }),
      RetryOptions: { DurationInSeconds: secondsOf(RetryOptions) },
      S3BackupMode: configuration.S3BackupMode ?? "FailedDataOnly",
      ...describeReceiver(configuration),
    };
  },
  merged: mergedReceiver,
  named: (settings, place) => [...namedEndpoint(settings), ...namedByReceiver(settings, place)],
});

function withEndpoint(
  configuration: HttpEndpointConfiguration,
  EndpointConfiguration: HttpEndpointConfiguration["EndpointConfiguration"],
): HttpEndpointConfiguration {
  return { ...configuration, EndpointConfiguration };
}

type RequestConfiguration = NonNullable<HttpEndpointConfiguration["RequestConfiguration"]>;

function withEncoding(request: RequestConfiguration): RequestConfiguration {
  return { ContentEncoding: "NONE", ...request };
}

function hintsOf({ BufferingHints = {} }: HttpEndpointConfiguration) {
  checkBothHints(BufferingHints);
  const { SizeInMBs = BUFFER_SIZE_DEFAULT_MIB } = BufferingHints;
  const { IntervalInSeconds = BUFFER_INTERVAL_DEFAULT_SECONDS } = BufferingHints;
  return { SizeInMBs, IntervalInSeconds };
}

function secondsOf(options: HttpEndpointConfiguration["RetryOptions"]): number {
  return options?.DurationInSeconds ?? HTTP_ENDPOINT_RETRY_DEFAULT_SECONDS;
}

function readEndpoint(
  configuration: HttpEndpointConfiguration,
  context: ReadContext,
): HttpEndpointSettings {
  const { Url, Name, AccessKey = "" } = configuration.EndpointConfiguration;
  const { ContentEncoding = "NONE" } = configuration.RequestConfiguration ?? {};
  if (context.isStrict) checkUrl(Url);
  // AWS's sentence is not known.
  if (!isHeaderText(AccessKey)) {
    throw invalidArgument("AccessKey must hold no control characters: it is sent in a header");
  }
  return {
    kind: "http-endpoint",
    place: placeOf(Url),
    roleArn: actingRole(configuration),
    retrySeconds: secondsOf(configuration.RetryOptions),
    ...readSecret(configuration),
    url: Url,
    ...(Name !== undefined && { name: Name }),
    contentEncoding: ContentEncoding,
    ...readAttributes(configuration, context),
  };
}

/** Without what may be secret: keys stand in queries. */
function placeOf(text: string): string {
  const url = URL.parse(text);
  return url === null ? text : `${url.origin}${url.pathname}`;
}

/** What is AWS's alone; a port that is a scheme's own is none. */
function checkUrl(text: string): void {
  const url = URL.parse(text);
  if (url?.protocol === "https:" && url.port === "") return;
  throw invalidArgument(`Only https:// and port 443 are supported for HTTP endpoints, got ${text}`);
}

function readAttributes(
  { RequestConfiguration: { CommonAttributes = [] } = {} }: HttpEndpointConfiguration,
  { isStrict }: ReadContext,
): Pick<HttpEndpointSettings, "commonAttributes" | "isLenient"> {
  const names = new Set<string>();
  for (const { AttributeName: name } of CommonAttributes) {
    if (names.has(name)) {
      throw invalidArgument(`Http Endpoint Common Attributes have duplicate name ${name}`);
    }
    names.add(name);
  }
  const sent = CommonAttributes.filter(({ AttributeName }) => AttributeName !== LENIENT);
  const lenient = CommonAttributes.find((attribute) => !sent.includes(attribute))?.AttributeValue;
  if (lenient !== undefined && isStrict) {
    throw invalidArgument(
      `The common attribute ${LENIENT} is Hydrant's own, and AWS has none of it`,
    );
  }
  if (lenient !== undefined && lenient !== "true" && lenient !== "false") {
    throw invalidArgument(`The common attribute ${LENIENT} must be true or false, got ${lenient}`);
  }
  return {
    commonAttributes: sent.map(({ AttributeName: name, AttributeValue: value }) => ({
      name,
      value,
    })),
    ...(lenient === "true" && { isLenient: true }),
  };
}

function namedEndpoint({
  EndpointConfiguration,
}: Partial<HttpEndpointConfiguration>): readonly NamedTarget[] {
  const url = EndpointConfiguration?.Url;
  return url === undefined ? [] : [{ kind: "endpoint", arn: url }];
}
