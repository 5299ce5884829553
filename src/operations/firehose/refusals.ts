/** The sentences Firehose refuses with that more than one operation needs. */
import { serviceError, type ServiceError } from "../../errors.ts";

/** What throttled producers are told, by PutRecord's error and by every refused entry of a batch. */
export const SLOW_DOWN = "Slow down.";

export function invalidArgument(message: string): ServiceError {
  return serviceError("InvalidArgumentException", message);
}

/** differs from AWS: something it has and Hydrant does not yet. `advice` says what to do instead. */
export function notOfferedYet(memberPath: string, advice: string): ServiceError {
  return invalidArgument(`${memberPath} is not offered by Hydrant yet: ${advice}`);
}

export function deliveryStreamNotFound(name: string, accountId: string): ServiceError {
  return serviceError(
    "ResourceNotFoundException",
    `Firehose ${name} under account ${accountId} not found.`,
  );
}

/** In UpdateDestination the sentence is another one. */
export function updatedStreamNotFound(name: string, accountId: string): ServiceError {
  return serviceError(
    "ResourceNotFoundException",
    `Firehose ${name} under accountId ${accountId} not found.`,
  );
}

/** AWS's sentence is not known. */
export function deliveryStreamInCreation(name: string, accountId: string): ServiceError {
  return serviceError(
    "ResourceInUseException",
    `Firehose ${name} under accountId ${accountId} is being created`,
  );
}

export function deliveryStreamExists(name: string, accountId: string): ServiceError {
  return serviceError(
    "ResourceInUseException",
    `Firehose ${name} under accountId ${accountId} already exists`,
  );
}
