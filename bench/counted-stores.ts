/** Hydrant's stores over the embedded DynamoDB and S3, with every billed unit counted. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { provision } from "../offline/provision.ts";
import { startServices } from "../offline/services/host.ts";
import type { DeliveryPlan } from "../src/delivery/plan.ts";
import { systemRandom as random } from "../src/random.ts";
import { dynamodbDeliveryNotes } from "../src/storage/dynamodb/delivery-notes.ts";
import { dynamodbDeliveryStreams } from "../src/storage/dynamodb/delivery-streams.ts";
import { dynamodbLog } from "../src/storage/dynamodb/log.ts";
import { patientCalls } from "../src/storage/dynamodb/prompt-calls.ts";
import { dynamodbProofs } from "../src/storage/dynamodb/proofs.ts";
import { dynamodbMappings } from "../src/storage/dynamodb/mappings.ts";
import { dynamodbReaders } from "../src/storage/dynamodb/readers.ts";
import { dynamodbSweepNotes } from "../src/storage/dynamodb/sweep-notes.ts";
import { dynamodbStreams } from "../src/storage/dynamodb/streams.ts";
import { s3Bodies } from "../src/storage/s3/bodies.ts";
import { oneClient } from "../src/storage/s3/bucket-clients.ts";
import { s3Objects } from "../src/storage/s3/objects.ts";
import { readResources } from "../test/helpers/resources.ts";

export interface Units {
  readonly write: number;
  readonly read: number;
  readonly put: number;
  readonly get: number;
}

const NOTHING: Units = { write: 0, read: 0, put: 0, get: 0 };
const READS = new Set(["GetItemCommand", "QueryCommand"]);

export type CountedStores = Awaited<ReturnType<typeof openCountedStores>>;

export async function openCountedStores() {
  const services = await startServices({ s3Port: 0 });
  const known = await provision(readResources(), services);
  const ref = (id: string) => known.get(id)?.ref ?? "";
  const settings = {
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  };
  const client = new DynamoDBClient({ ...settings, endpoint: services.dynamodbEndpoint });
  const s3 = new S3Client({ ...settings, endpoint: services.s3Endpoint, forcePathStyle: true });
  let units = NOTHING;

  client.middlewareStack.add(
    (next, { commandName = "" }) =>
      async (args) => {
        const result = await next({
          ...args,
          input: { ...args.input, ReturnConsumedCapacity: "TOTAL" },
        });
        const { ConsumedCapacity } = result.output as {
          readonly ConsumedCapacity?: { readonly CapacityUnits?: number };
        };
        const consumed = ConsumedCapacity?.CapacityUnits ?? 0;
        units = READS.has(commandName)
          ? { ...units, read: units.read + consumed }
          : { ...units, write: units.write + consumed };
        return result;
      },
    { step: "initialize" },
  );
  s3.middlewareStack.add(
    (next, { commandName = "" }) =>
      (args) => {
        units = commandName.startsWith("Get")
          ? { ...units, get: units.get + 1 }
          : { ...units, put: units.put + 1 };
        return next(args);
      },
    { step: "initialize" },
  );

  const tables = { client, logTable: ref("LogTable"), stateTable: ref("StateTable") };
  return {
    log: dynamodbLog({ ...tables, calls: patientCalls(client), reads: patientCalls(client) }),
    proofs: dynamodbProofs({ ...tables, calls: patientCalls(client) }),
    readers: dynamodbReaders<DeliveryPlan>({ ...tables, reads: patientCalls(client) }),
    sweepNotes: dynamodbSweepNotes(tables),
    mappings: dynamodbMappings(tables),
    deliveryStreams: dynamodbDeliveryStreams(tables),
    deliveryNotes: dynamodbDeliveryNotes(tables),
    dataStreams: dynamodbStreams(tables),
    bodies: s3Bodies(s3, ref("LogBucket"), random),
    objects: s3Objects(oneClient(s3)),
    deliveryBucket: ref("DeliveryBucket"),
    /** What has been consumed since the last call. */
    take(): Units {
      const taken = units;
      units = NOTHING;
      return taken;
    },
    close: () => services.stop(),
  };
}
