/** Whose credentials this machine has: those that every AWS SDK finds, or a role's that they may assume. */
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";

export interface OwnCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

export interface OwnIdentityOptions {
  readonly region: string;
  /** Of the shared configuration; absent: what the environment says, or the default one. */
  readonly profile?: string | undefined;
  /** Assumed first, if there is one. */
  readonly roleArn?: string | undefined;
  readonly sessionName: string;
  /** Of an emulator, with its credentials. */
  readonly local?: { readonly endpoint: string; readonly credentials: OwnCredentials } | undefined;
}

export async function ownCredentials(options: OwnIdentityOptions): Promise<OwnCredentials> {
  const { region, profile, roleArn, sessionName, local } = options;
  const client = new STSClient({
    region,
    ...(profile !== undefined && { profile }),
    ...(local && { endpoint: local.endpoint, credentials: local.credentials as Fixed }),
  });
  try {
    if (roleArn === undefined) return await client.config.credentials();
    const { Credentials: given } = await client.send(
      new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: sessionName }),
    );
    return {
      accessKeyId: given?.AccessKeyId ?? "",
      secretAccessKey: given?.SecretAccessKey ?? "",
      sessionToken: given?.SessionToken,
    };
  } finally {
    client.destroy();
  }
}

/** The SDK's type has no `undefined`. */
type Fixed = { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
