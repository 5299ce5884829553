/** Hydrant deployed into the emulator: by the framework, as a user would, with a first key as docs/deploying.md has it. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Emulator } from "./emulator.ts";
import { fitPackage } from "./fitted.ts";

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
  readonly deployer: Deployer;
  readonly api: string;
  readonly key: Key;
  readonly outputs: Readonly<Record<string, string>>;
  /** Of KMS, for streams that name one. */
  readonly streamKey: string;
}

export type Params = Readonly<Record<string, string>>;

const AWS = join(import.meta.dirname, "aws.py");

/** A user who has docs/deployer-policy.json and nothing besides. */
export interface Deployer {
  readonly env: NodeJS.ProcessEnv;
}

function makeDeployer({ call, env, tools }: Emulator): Deployer {
  const UserName = "deployer";
  const PolicyDocument = readFileSync(join(root, "docs", "deployer-policy.json"), "utf8");
  const { Policy } = call("iam", "create_policy", { PolicyName: UserName, PolicyDocument });
  call("iam", "create_user", { UserName });
  call("iam", "attach_user_policy", { UserName, PolicyArn: Policy.Arn });
  const { AccessKey } = call("iam", "create_access_key", { UserName });
  const own = {
    ...env,
    AWS_ACCESS_KEY_ID: AccessKey.AccessKeyId,
    AWS_SECRET_ACCESS_KEY: AccessKey.SecretAccessKey,
  };
  const listed = spawnSync(join(tools, "python3"), [AWS, "iam", "list_users", "{}"], { env: own });
  if (listed.status === 0) throw new Error("the deployer may do what its policy does not say");
  return { env: { ...own, NODE_OPTIONS: preloading("secure-transport.mjs") } };
}

/** `deploy` or `remove`. @param folder of the service: this checkout, unless it is another */
export function serverless(
  { emulator, deployer }: Pick<Deployment, "emulator" | "deployer">,
  command: "deploy" | "remove",
  params: Params = {},
  folder = root,
): void {
  const entry = createRequire(import.meta.url).resolve("serverless/bin/serverless.js");
  // The emulator's functions have no way to stream.
  const given = Object.entries({ responses: "BUFFERED", ...params });
  const options = ["--stage", STAGE, ...given.map(([name, value]) => `--param=${name}=${value}`)];
  const run = (...args: readonly string[]) => {
    const { status } = spawnSync(process.execPath, [entry, ...args, ...options], {
      cwd: folder,
      env: deployer.env,
      stdio: "inherit",
    });
    if (status !== 0) throw new Error(`serverless ${args[0]} ended with ${status}`);
  };
  if (command === "remove") return run("remove");
  const packaged = mkdtempSync(join(emulator.folder, "package-"));
  run("package", "--package", packaged);
  console.log(`without ${fitPackage(packaged).join(", ")}`);
  run("deploy", "--package", packaged);
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
 * `rule/default/NAME`; and it knows none of KMS's condition keys. So the buckets' policies go, and each role's policies are
 * there a second time with the statements that need it as the emulator understands them.
 */
export function allowForEmulator(emulator: Emulator): void {
  const { call } = emulator;
  for (const { Name } of call("s3", "list_buckets").Buckets as readonly { Name: string }[]) {
    call("s3", "delete_bucket_policy", { Bucket: Name });
  }
  for (const { RoleName } of call("iam", "list_roles").Roles as readonly { RoleName: string }[]) {
    for (const [name, { Statement }] of policiesOf(emulator, RoleName)) {
      const statements = Statement.flatMap(understood);
      if (name.endsWith("-emulated") || statements.length === 0) continue;
      call("iam", "put_role_policy", {
        RoleName,
        PolicyName: `${name}-emulated`,
        PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: statements }),
      });
    }
  }
}

/** By name: its own, and those that it shares with others. */
function policiesOf({ call }: Emulator, RoleName: string): readonly (readonly [string, Policy])[] {
  const { PolicyNames } = call("iam", "list_role_policies", { RoleName });
  const own = (PolicyNames as readonly string[]).map((PolicyName) => {
    const { PolicyDocument } = call("iam", "get_role_policy", { RoleName, PolicyName });
    return [PolicyName, PolicyDocument as Policy] as const;
  });
  const { AttachedPolicies } = call("iam", "list_attached_role_policies", { RoleName });
  const shared = (AttachedPolicies as readonly Readonly<Record<string, string>>[]).map(
    ({ PolicyName, PolicyArn }) => {
      const { DefaultVersionId: VersionId } = call("iam", "get_policy", { PolicyArn }).Policy;
      const { PolicyVersion } = call("iam", "get_policy_version", { PolicyArn, VersionId });
      return [PolicyName!, PolicyVersion.Document as Policy] as const;
    },
  );
  return [...own, ...shared];
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
  const deployer = makeDeployer(emulator);
  serverless({ emulator, deployer }, "deploy", params);
  allowForEmulator(emulator);
  const outputs = outputsOf(emulator);
  const api = apiOf(emulator, outputs);
  return { emulator, deployer, outputs, api, streamKey, key: createKey(emulator) };
}
