/** What destinations other than S3 are reached by. */
import type { Clock } from "../src/clock.ts";
import type { DeliverConfig } from "../src/config.ts";
import { readCatalogs } from "../src/delivery/destinations/iceberg/catalog-list.ts";
import type { ReceiverPorts } from "../src/delivery/destinations/receivers/ports.ts";
import { GLUE_CONFIG } from "../src/storage/clients.ts";
import { glueIcebergOnDemand } from "../src/storage/glue/iceberg-on-demand.ts";
import { receiverHttp, type SigningCredentials } from "../src/storage/http/receiver-http.ts";
import type { BucketClients } from "../src/storage/s3/bucket-clients.ts";
import { s3TableFiles } from "../src/storage/s3/table-files.ts";
import type { ObjectStore } from "../src/delivery/ports.ts";
import { redshiftStatements } from "../src/storage/redshift-data/statements.ts";
import { secretsFile } from "../src/storage/secrets-manager/file.ts";
import { secretsManager } from "../src/storage/secrets-manager/secrets.ts";
import type { Roles } from "../src/storage/sts/roles.ts";
import { mayHoldTables } from "../src/targets/table-buckets.ts";

export interface ReceiverWiring {
  readonly config: DeliverConfig;
  readonly roles: Roles;
  readonly clock: Clock;
  /** Those of users. */
  readonly buckets: BucketClients;
  /** In them. */
  readonly objects: ObjectStore;
}

export function receiverPorts({
  config,
  roles,
  clock,
  buckets,
  objects,
}: ReceiverWiring): ReceiverPorts {
  const { mayReachLoopback, secretsEndpoint: endpoint } = config;
  const credentialsOf = async (roleArn: string | undefined): Promise<SigningCredentials> => {
    const role = roles.assumed(roleArn);
    return role === undefined ? ownCredentials() : roles.credentialsOf(role)();
  };
  const http = receiverHttp({ reach: { mayReachLoopback }, clock, credentialsOf });
  return {
    http,
    secrets:
      config.secretsFile === undefined
        ? secretsManager({ http, clock, endpoint })
        : secretsFile(config.secretsFile),
    redshift: {
      statements: redshiftStatements({ http, endpoint: config.redshiftDataEndpoint }),
      objects,
    },
    iceberg: {
      files: s3TableFiles(buckets, (arn) => mayHoldTables(arn, config.icebergBuckets)),
      glue: glueIcebergOnDemand(GLUE_CONFIG, roles),
      catalogs: readCatalogs(config.icebergCatalogs),
    },
  };
}

/** As Lambda gives them to a function. */
function ownCredentials(): SigningCredentials {
  const { AWS_ACCESS_KEY_ID = "", AWS_SECRET_ACCESS_KEY = "", AWS_SESSION_TOKEN } = process.env;
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }),
  };
}
