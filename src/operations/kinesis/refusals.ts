/** The sentences Kinesis refuses with that more than one operation needs. */
import { serviceError, type ServiceError } from "../../errors.ts";
import type { StreamStatus } from "../../streams/stream.ts";

export function invalidArgument(message: string): ServiceError {
  return serviceError("InvalidArgumentException", message);
}

export function streamNotFound(name: string, accountId: string): ServiceError {
  return serviceError(
    "ResourceNotFoundException",
    `Stream ${name} under account ${accountId} not found.`,
  );
}

export function streamExists(name: string, accountId: string): ServiceError {
  return serviceError(
    "ResourceInUseException",
    `Stream ${name} under account ${accountId} already exists.`,
  );
}

export function streamNotActive(
  name: string,
  accountId: string,
  status: StreamStatus,
): ServiceError {
  return serviceError(
    "ResourceInUseException",
    `Stream ${name} under account ${accountId} not ACTIVE, instead in state ${status}`,
  );
}

export function streamIsOnDemand(name: string, accountId: string): ServiceError {
  return serviceError(
    "ValidationException",
    `Request is invalid. Stream ${name} under account ${accountId} is in On-Demand mode.`,
  );
}
