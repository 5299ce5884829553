/** A Kinesis client for fault runs, with the patience that is asked for. */
import { KinesisClient } from "@aws-sdk/client-kinesis";
import { patientRetries } from "../helpers/patient-retries.ts";
import { readTarget, requestHandlerOf } from "../helpers/target.ts";

/** A number: so many attempts by the SDK's own strategy. */
export type Patience = number | "sees the end of any fault";

const PATIENT_RETRIES = 400;

export function kinesisClient(endpoint: string, patience: Patience): KinesisClient {
  const target = readTarget(process.env);
  return new KinesisClient({
    endpoint,
    region: target.region,
    credentials: target.key,
    ...requestHandlerOf(target),
    ...(typeof patience === "number"
      ? { maxAttempts: patience }
      : { retryStrategy: patientRetries(PATIENT_RETRIES) }),
  });
}
