/**
 * Roles of the deployment's users, assumed as Firehose assumes them: the external id is the account's id, for which a
 * role's trust policy may ask. Their credentials last an hour, and are shared by all that acts under the role.
 * https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html
 */
import type { STSClient, STSClientConfig } from "@aws-sdk/client-sts";
import type { Clock } from "../../clock.ts";
import type { ActingRole } from "../../delivery/acting-role.ts";
import { ROLE_CREDENTIALS_MARGIN_MS, ROLES_ASSUMED_MAX_COUNT } from "../../limits.ts";
import { Remembered } from "../remembered.ts";

/** As the SDK takes them. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

export interface Roles {
  /** The role that acts where a stream names that one; `undefined`: the function's own. */
  assumed(roleArn: string | undefined): string | undefined;
  credentialsOf(roleArn: string): () => Promise<Credentials>;
}

/** Its name is what S3 calls a refusal for want of a right, for that is what it is to whoever delivers. */
export class RoleRefused extends Error {
  override readonly name = "AccessDenied";
}

const SESSION_NAME = "AWSFirehoseToS3";

export interface RolesOptions {
  /** Twelve digits. */
  readonly accountId: string;
  /** Who acts where a stream names that role. */
  readonly actingRole: (roleArn: string | undefined) => ActingRole;
  readonly client: STSClientConfig;
  readonly clock: Pick<Clock, "now">;
}

export function assumedRoles(options: RolesOptions): Roles {
  const { accountId, actingRole, clock } = options;
  const known = new Remembered<Promise<Credentials>>(ROLES_ASSUMED_MAX_COUNT);
  // Few deployments list any, and the client is loaded for the first.
  let sts: Promise<STSClient> | undefined;

  async function assume(roleArn: string): Promise<Credentials> {
    const { AssumeRoleCommand, STSClient: Client } = await import("@aws-sdk/client-sts");
    const client = await (sts ??= Promise.resolve(new Client(options.client)));
    const command = new AssumeRoleCommand({
      RoleArn: roleArn,
      RoleSessionName: SESSION_NAME,
      ExternalId: accountId,
    });
    const { Credentials: given } = await client.send(command).catch((cause: unknown) => {
      throw refusalOf(roleArn, cause);
    });
    const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = given ?? {};
    if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration) {
      throw new Error(`STS answered without credentials for ${roleArn}`);
    }
    return {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
      expiration: Expiration,
    };
  }

  return {
    assumed(roleArn) {
      const acting = actingRole(roleArn);
      return acting.kind === "named" ? acting.roleArn : undefined;
    },
    credentialsOf: (roleArn) => async () => {
      const standing = await known.get(roleArn)?.catch(() => undefined);
      const leftMs = (standing?.expiration.getTime() ?? 0) - clock.now();
      if (standing && leftMs > ROLE_CREDENTIALS_MARGIN_MS) return standing;
      return known.put(roleArn, assume(roleArn));
    },
  };
}

function refusalOf(roleArn: string, cause: unknown): unknown {
  if ((cause as Error).name !== "AccessDenied") return cause;
  const message = `Firehose is unable to assume role ${roleArn}. Please check the role provided.`;
  return new RoleRefused(message, { cause });
}
