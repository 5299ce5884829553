/** Every service that the front door serves, in the order of the documentation. */
import type { Service } from "../wire/operation.ts";
import type { HydrantContext, OperationContext } from "./context.ts";
import { firehoseService } from "./firehose/index.ts";
import { hydrantService } from "./hydrant/index.ts";
import { kinesisService } from "./kinesis/index.ts";

export const SERVICES: readonly Service<OperationContext & HydrantContext>[] = [
  firehoseService,
  kinesisService,
  hydrantService,
];
