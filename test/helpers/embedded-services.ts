/**
 * Starts DynamoDB, S3 and SQS as the offline stack has them, in memory and on free ports, with the tables,
 * buckets and queues of serverless.yml, for suites that need real stores but no functions.
 */
import type { TestProject } from "vitest/node";
import { provision } from "../../offline/provision.ts";
import { startServices } from "../../offline/services/host.ts";
import { readResources } from "./resources.ts";

declare module "vitest" {
  export interface ProvidedContext {
    dynamodbEndpoint: string;
    /** The same for others, who are held to the times of their signatures. */
    dynamodbDoor: string;
    s3Endpoint: string;
    sqsEndpoint: string;
    logTable: string;
    stateTable: string;
    logBucket: string;
    deliveryBucket: string;
    deliverQueueUrl: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const services = await startServices({ s3Port: 0 });
  const known = await provision(readResources(), services);
  const ref = (id: string): string => {
    const entry = known.get(id);
    if (entry === undefined) throw new Error(`serverless.yml has no ${id}`);
    return entry.ref;
  };
  project.provide("dynamodbEndpoint", services.dynamodbEndpoint);
  project.provide("dynamodbDoor", services.dynamodbDoor);
  project.provide("s3Endpoint", services.s3Endpoint);
  project.provide("sqsEndpoint", services.sqsEndpoint);
  project.provide("logTable", ref("LogTable"));
  project.provide("stateTable", ref("StateTable"));
  project.provide("logBucket", ref("LogBucket"));
  project.provide("deliveryBucket", ref("DeliveryBucket"));
  project.provide("deliverQueueUrl", ref("DeliverQueue"));
  return () => services.stop();
}
