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

/** differs from AWS: something it has and Hydrant does not yet. `advice` says what to do instead. */
export function notOfferedYet(what: string, advice: string): ServiceError {
  return invalidArgument(`${what} is not offered by Hydrant yet: ${advice}`);
}

/** Printed in the canonical form where the text names a shard at all. */
export function shardNotFound(
  printedId: string,
  streamName: string,
  accountId: string,
): ServiceError {
  return serviceError(
    "ResourceNotFoundException",
    `Could not find shard ${printedId} in stream ${streamName} under account ${accountId}.`,
  );
}

/** The model takes NONE, too; there is nothing it could mean. */
export function requireKms(encryptionType: "NONE" | "KMS"): void {
  if (encryptionType !== "KMS") throw invalidArgument("EncryptionType must be KMS, got NONE.");
}
