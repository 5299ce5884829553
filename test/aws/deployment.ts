/** Hydrant deployed into the emulator: by the framework, as a user would, with a first key as docs/deploying.md has it. */
import { execFileSync, spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Emulator } from "./emulator.ts";

export const root = fileURLToPath(new URL("../../", import.meta.url));
export const STAGE = "emulated";
export const STACK = `hydrant-${STAGE}`;

/** @param file of this folder */
export function preloading(file: string): string {
  return `--import=${pathToFileURL(join(import.meta.dirname, file)).href}`;
}

export interface Key {
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
}

export interface Deployment {
  readonly emulator: Emulator;
  readonly api: string;
  readonly key: Key;
  readonly outputs: Readonly<Record<string, string>>;
  /** Of KMS, for streams that name one. */
  readonly streamKey: string;
}

export type Params = Readonly<Record<string, string>>;

/** `deploy` or `remove`. @param folder of the service: this checkout, unless it is another */
export function serverless(
  { emulator: { env } }: Pick<Deployment, "emulator">,
  command: "deploy" | "remove",
  params: Params = {},
  folder = root,
): void {
  const entry = createRequire(import.meta.url).resolve("serverless/bin/serverless.js");
  // The emulator's functions have no way to stream, and its alarms know no metric math.
  const given = Object.entries({ responses: "BUFFERED", watch: "off", ...params });
  const args = [entry, command, "--stage", STAGE];
  for (const [name, value] of given) args.push(`--param=${name}=${value}`);
  const { status } = spawnSync(process.execPath, args, { cwd: folder, env, stdio: "inherit" });
  if (status !== 0) throw new Error(`serverless ${command} ended with ${status}`);
}

function outputsOf(emulator: Emulator): Readonly<Record<string, string>> {
  const { Stacks } = emulator.call("cloudformation", "describe_stacks", { StackName: STACK });
  const outputs = Stacks[0].Outputs as readonly { OutputKey: string; OutputValue: string }[];
  return Object.fromEntries(outputs.map((each) => [each.OutputKey, each.OutputValue]));
}

/** The address of the API in the emulator: `http://<id>.execute-api.localhost:<port>/<stage>`. */
function apiOf({ port }: Emulator, outputs: Readonly<Record<string, string>>): string {
  const apiId = new URL(outputs["ServiceEndpoint"]!).hostname.split(".")[0];
  return `http://${apiId}.execute-api.localhost:${port}/${STAGE}`;
}

/** The two keys of KMS that docs/operating.md has an operator make. Answers the ARN of the one for streams. */
function makeKmsKeys({ call }: Emulator): string {
  const arns = ["keys", "streams"].map((purpose) => {
    const { KeyMetadata } = call("kms", "create_key");
    const AliasName = `alias/${STACK}-${purpose}`;
    call("kms", "create_alias", { AliasName, TargetKeyId: KeyMetadata.KeyId });
    return KeyMetadata.Arn as string;
  });
  return arns[1]!;
}

interface Policy {
  readonly Statement: readonly {
    readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  }[];
}

/**
 * What the emulator has otherwise than AWS: it speaks http, which the buckets refuse; it calls a rule of the default bus
 * `rule/default/NAME`; and it knows none of KMS's condition keys. So the buckets' policies go, and each role's policy is
 * there a second time with the statements that need it as the emulator understands them.
 */
export function allowForEmulator({ call }: Emulator): void {
  for (const { Name } of call("s3", "list_buckets").Buckets as readonly { Name: string }[]) {
    call("s3", "delete_bucket_policy", { Bucket: Name });
  }
  for (const { RoleName } of call("iam", "list_roles").Roles as readonly { RoleName: string }[]) {
    const { PolicyNames } = call("iam", "list_role_policies", { RoleName });
    for (const PolicyName of PolicyNames as readonly string[]) {
      if (PolicyName.endsWith("-emulated")) continue;
      const { PolicyDocument } = call("iam", "get_role_policy", { RoleName, PolicyName });
      const statements = (PolicyDocument as Policy).Statement.flatMap(understood);
      if (statements.length === 0) continue;
      call("iam", "put_role_policy", {
        RoleName,
        PolicyName: `${PolicyName}-emulated`,
        PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: statements }),
      });
    }
  }
}

function understood(statement: Policy["Statement"][number]): readonly object[] {
  const text = JSON.stringify(statement);
  if (text.includes(":rule/")) {
    return [JSON.parse(text.replaceAll(":rule/", ":rule/default/")) as object];
  }
  const { Condition = {}, ...rest } = statement;
  const keys = Object.values(Condition).flatMap((each) => Object.keys(each));
  // Of an alias it looks at the alias, where KMS looks at its key.
  return keys.some((key) => key.startsWith("kms:")) ? [{ ...rest, Resource: "*" }] : [];
}

function createKey({ env }: Emulator): Key {
  const entry = join(root, "bin", "hydrant.mjs");
  const args = ["keys", "create", "--stage", STAGE, "--name", "suite", "--allow-everything"];
  const printed = execFileSync(process.execPath, [entry, ...args, "--output", "json"], {
    env,
    encoding: "utf8",
  });
  return JSON.parse(printed) as Key;
}

/** From an emulator that has nothing to a key that may do everything. */
export function deploy(emulator: Emulator, params: Params): Deployment {
  const streamKey = makeKmsKeys(emulator);
  serverless({ emulator }, "deploy", params);
  allowForEmulator(emulator);
  const outputs = outputsOf(emulator);
  const api = apiOf(emulator, outputs);
  return { emulator, outputs, api, streamKey, key: createKey(emulator) };
}
