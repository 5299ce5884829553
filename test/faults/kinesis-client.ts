/** A Kinesis client for fault runs: on a stack of the run's own, with the patience that is asked for. */
import { KinesisClient } from "@aws-sdk/client-kinesis";
import { patientRetries } from "../helpers/patient-retries.ts";

/** A number: so many attempts by the SDK's own strategy. */
export type Patience = number | "sees the end of any fault";

const PATIENT_RETRIES = 400;

export function kinesisClient(endpoint: string, patience: Patience): KinesisClient {
  return new KinesisClient({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    ...(typeof patience === "number"
      ? { maxAttempts: patience }
      : { retryStrategy: patientRetries(PATIENT_RETRIES) }),
  });
}
