/** The sentences mappings are refused with; Lambda's where they are known. */
import { serviceError, type ServiceError } from "../../errors.ts";

export function invalidParameter(message: string): ServiceError {
  return serviceError("InvalidParameterValueException", message);
}

export function mappingNotFound(): ServiceError {
  return serviceError("ResourceNotFoundException", "The resource you requested does not exist.");
}

/** differs from AWS: something it has for streams, too. */
export function notOfferedMember(member: string, reason: string): ServiceError {
  return invalidParameter(`${member} is not offered by Hydrant: ${reason}`);
}

/** What AWS has for other sources than streams. */
export function unsupportedMember(member: string): ServiceError {
  return invalidParameter(`Unsupported ${member} parameter for given event source mapping type.`);
}

/** `functionName`: without its ARN. */
export function mappingExists(
  eventSourceArn: string,
  functionName: string,
  uuid: string,
): ServiceError {
  return serviceError(
    "ResourceConflictException",
    `The event source arn (" ${eventSourceArn} ") and function (" ${functionName} ") provided mapping already exists. Please update or delete the existing mapping with UUID ${uuid}`,
  );
}

export function tooManyMappings(maxCount: number): ServiceError {
  return serviceError(
    "LimitExceededException",
    `There are ${maxCount} event source mappings, which is the limit. Delete one that is not needed, or raise the deployment's parameter eventSourceMappings.`,
  );
}

/** A creation that comes again, or late. */
export function mappingRemoved(uuid: string): ServiceError {
  return serviceError(
    "ResourceConflictException",
    `The event source mapping ${uuid} was created by this request before, and has been deleted since.`,
  );
}
