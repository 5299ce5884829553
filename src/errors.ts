/**
 * The one table of errors that may leave the service: name → HTTP status, whose fault, whether SDKs retry.
 * Callers ask the table and never look at a message. Anything thrown that is not a `ServiceError` reaches the
 * client as `InternalFailure` without detail. Sentences live beside what raises them, each once.
 */
import { ECHO_MAX_LENGTH, SENTENCE_MAX_LENGTH } from "./limits.ts";

export interface ErrorRow {
  readonly status: number;
  readonly fault: "client" | "server";
  /** Whether the SDKs' standard retry sends the call again. */
  readonly retryable: boolean;
}

const CLIENT = { status: 400, fault: "client", retryable: false } as const;
const THROTTLED = { status: 400, fault: "client", retryable: true } as const;
const SERVER = { status: 500, fault: "server", retryable: true } as const;

export const ERRORS = {
  // Any operation of any service.
  AccessDeniedException: CLIENT,
  ExpiredTokenException: CLIENT,
  IncompleteSignatureException: CLIENT,
  InternalFailure: SERVER,
  InvalidSignatureException: CLIENT,
  MissingAuthenticationTokenException: CLIENT,
  /** Under the status that gateways have for it. */
  RequestEntityTooLargeException: { ...CLIENT, status: 413 },
  SerializationException: CLIENT,
  ThrottlingException: THROTTLED,
  UnknownOperationException: CLIENT,
  UnrecognizedClientException: CLIENT,
  /** Not one of AWS's: a real operation that is not offered here. */
  UnsupportedOperationException: CLIENT,
  ValidationException: CLIENT,

  // Both services.
  InvalidArgumentException: CLIENT,
  LimitExceededException: CLIENT,
  ResourceInUseException: CLIENT,
  ResourceNotFoundException: CLIENT,

  // Data Firehose: https://docs.aws.amazon.com/firehose/latest/APIReference/API_Operations.html
  ConcurrentModificationException: CLIENT,
  InvalidKMSResourceException: CLIENT,
  InvalidSourceException: CLIENT,
  /** The API reference lists 500 for it, not 503. */
  ServiceUnavailableException: SERVER,

  // Kinesis Data Streams: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_Operations.html
  DryRunOperationException: CLIENT,
  ExpiredIteratorException: CLIENT,
  ExpiredNextTokenException: CLIENT,
  InternalFailureException: SERVER,
  KMSAccessDeniedException: CLIENT,
  KMSDisabledException: CLIENT,
  KMSInvalidStateException: CLIENT,
  KMSNotFoundException: CLIENT,
  KMSOptInRequired: CLIENT,
  KMSThrottlingException: THROTTLED,
  ProvisionedThroughputExceededException: THROTTLED,

  // Event source mappings, with Lambda's names: https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
  InvalidParameterValueException: CLIENT,
  ResourceConflictException: CLIENT,
} as const satisfies Record<string, ErrorRow>;

export type ErrorName = keyof typeof ERRORS;

/** AWS's sentence of every service's throttle. */
export const RATE_EXCEEDED = "Rate exceeded";

/** Further members of the answer, such as `code` of `InvalidKMSResourceException`. */
export type ErrorMembers = Readonly<Record<string, string>>;

/** What somebody sent, as a sentence repeats it: cut, so that no answer grows with what was asked. */
export function shown(text: string, maxLength = ECHO_MAX_LENGTH): string {
  return text.length <= maxLength ? text : `${text.slice(0, maxLength)}...`;
}

/** An error the caller is meant to see, by its name in the table. No sentence is longer than its bound. */
export class ServiceError extends Error {
  override readonly name: ErrorName;
  /** Sent beside the name and the message. */
  readonly members: ErrorMembers;

  constructor(name: ErrorName, message: string, members: ErrorMembers = {}) {
    super(shown(message, SENTENCE_MAX_LENGTH));
    this.name = name;
    this.members = members;
  }

  get row(): ErrorRow {
    return ERRORS[this.name];
  }
}

export function serviceError(
  name: ErrorName,
  message: string,
  extraMembers?: ErrorMembers,
): ServiceError {
  return new ServiceError(name, message, extraMembers);
}

/** What the caller may see of anything thrown: itself, or `InternalFailure` with no detail. */
export function toServiceError(thrown: unknown): ServiceError {
  return thrown instanceof ServiceError
    ? thrown
    : new ServiceError(
        "InternalFailure",
        "The request processing has failed because of an internal error.",
      );
}
