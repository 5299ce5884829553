/**
 * `hydrant credentials`: a key of an hour for whoever has an AWS role, as a `credential_process` of the SDKs' shared
 * configuration. The role's own credentials do not leave this machine: what is sent is a proof that STS can confirm.
 */
import { stsHost, proveIdentity } from "../../src/auth/identity-proof.ts";
import { systemClock } from "../../src/clock.ts";
import { type OwnCredentials, ownCredentials } from "../../src/storage/sts/own-identity.ts";
import { EXCHANGE_PATH } from "../../src/wire/identity-exchange.ts";
import { isLocalEndpoint, LOCAL_ENDPOINT, LOCAL_KEY } from "./connection.ts";
import { findLocalStack } from "./local-stack.ts";
import { parse } from "./options.ts";

export const CREDENTIALS_USAGE = `usage: hydrant credentials [options]

  a key of an hour for the AWS role that this machine has, if the deployment lists it (hydrant roles);
  printed as SDKs and the AWS CLI take it, in their shared configuration:

    [profile hydrant]
    credential_process = hydrant credentials --endpoint-url https://….amazonaws.com/prod

  --endpoint-url URL   where Hydrant is called; else the stack that runs here
  --role ARN           a role to assume first
  --profile NAME       whose credentials to prove; not the profile that this is the credential_process of
  --region REGION      the deployment's; AWS_REGION unless given`;

/** Set for whatever credentials are looked for, so that a profile that asks itself is noticed. */
const ASKED = "HYDRANT_CREDENTIALS_ASKED";
const SESSION_NAME = "hydrant-credentials";

export async function runCredentials(args: readonly string[]): Promise<void> {
  const text = { type: "string" } as const;
  const given = parse({
    args: [...args],
    options: {
      "endpoint-url": text,
      role: text,
      profile: text,
      region: text,
      help: { type: "boolean" },
    },
  }) as Readonly<Record<string, string | undefined>>;
  if (given["help"]) return console.log(CREDENTIALS_USAGE);
  const stack = findLocalStack(process.env);
  const url = given["endpoint-url"] ?? stack?.apiEndpoint ?? LOCAL_ENDPOINT;
  if (!URL.canParse(url)) throw new Error(`--endpoint-url must be a URL, got ${url}`);
  const endpoint = new URL(url);
  const isLocal = isLocalEndpoint(endpoint);
  const { AWS_REGION, AWS_DEFAULT_REGION } = process.env;
  const region = given["region"] ?? (AWS_REGION || AWS_DEFAULT_REGION || "us-east-1");
  const sts = isLocal ? stack?.stsEndpoint : undefined;
  const credentials = await own({ region, profile: given["profile"], role: given["role"], sts });
  const host = sts === undefined ? stsHost(region) : new URL(sts).host;
  const to = { host, region, audience: endpoint.host };
  const proof = proveIdentity(credentials, to, systemClock.now());
  console.log(await exchange(endpoint, proof));
}

async function own(from: {
  readonly region: string;
  readonly profile: string | undefined;
  readonly role: string | undefined;
  readonly sts: string | undefined;
}): Promise<OwnCredentials> {
  if (process.env[ASKED] !== undefined) {
    throw new Error(
      "the credentials that are to be proved are asked of hydrant itself: name another profile by --profile",
    );
  }
  process.env[ASKED] = "1";
  // It names the profile that this is asked for, and would ask this again.
  delete process.env["AWS_PROFILE"];
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
  const credentials = {
    accessKeyId: AWS_ACCESS_KEY_ID || LOCAL_KEY,
    secretAccessKey: AWS_SECRET_ACCESS_KEY || LOCAL_KEY,
    ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }),
  };
  const { region, profile, role: roleArn, sts } = from;
  const local = sts === undefined ? undefined : { endpoint: sts, credentials };
  return ownCredentials({ region, profile, roleArn, sessionName: SESSION_NAME, local });
}

async function exchange(endpoint: URL, proof: ReturnType<typeof proveIdentity>): Promise<string> {
  const { authorization: Authorization, date: Date, securityToken: SecurityToken } = proof;
  const url = new URL(`${endpoint.pathname.replace(/\/$/, "")}${EXCHANGE_PATH}`, endpoint);
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ Authorization, Date, SecurityToken }),
    // Proofs are shown to whom they are meant for.
    redirect: "error",
  }).catch((cause: unknown) => {
    throw new Error(`no answer from ${url.href}: is Hydrant running there?`, { cause });
  });
  const text = await response.text();
  if (response.ok) return text;
  throw new Error(`${url.href} answered ${response.status}: ${text.slice(0, 500)}`);
}
