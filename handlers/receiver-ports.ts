/** What destinations other than S3 are reached by. */
import type { Clock } from "../src/clock.ts";
import type { DeliverConfig } from "../src/config.ts";
import type { ReceiverPorts } from "../src/delivery/destinations/receivers/ports.ts";
import { receiverHttp, type SigningCredentials } from "../src/storage/http/receiver-http.ts";
import { secretsFile } from "../src/storage/secrets-manager/file.ts";
import { secretsManager } from "../src/storage/secrets-manager/secrets.ts";
import type { Roles } from "../src/storage/sts/roles.ts";

export interface ReceiverWiring {
  readonly config: DeliverConfig;
  readonly roles: Roles;
  readonly clock: Clock;
}

export function receiverPorts({ config, roles, clock }: ReceiverWiring): ReceiverPorts {
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
