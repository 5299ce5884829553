/** Requests for delivery streams with processors, and their answers. */
import { ACCOUNT_ID, createRequest, harness } from "./harness.ts";

export const KEY_ARN = `arn:aws:kms:eu-west-1:${ACCOUNT_ID}:key/1`;
export const FUNCTION_ARN = `arn:aws:lambda:eu-west-1:${ACCOUNT_ID}:function:f`;

export function processor(Type: string, parameters: Readonly<Record<string, string>> = {}) {
  return {
    Type,
    Parameters: Object.entries(parameters).map(([ParameterName, ParameterValue]) => ({
      ParameterName,
      ParameterValue,
    })),
  };
}

export function processing(...Processors: object[]) {
  return { ProcessingConfiguration: { Enabled: true, Processors } };
}

export async function create(extendedS3: object = {}, members: object = {}) {
  return harness().call("CreateDeliveryStream", createRequest(extendedS3, members));
}
