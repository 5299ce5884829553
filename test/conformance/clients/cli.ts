/**
 * The AWS CLI, a process per call, with a configuration of its own that leaves it to the server to refuse what is
 * wrong. It tells no status, and shows times and bytes as text, so both are known by their members' names.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CallRefused, type InstalledClient, type Service, type Where } from "./installed-client.ts";
import { mapDeep } from "./map-deep.ts";

const CONFIG = `[default]
output = json
parameter_validation = false
cli_timestamp_format = iso8601
cli_pager =
`;

const ERROR =
  /An error occurred \((\w+)\) when calling the \w+ operation(?: \(reached max retries: \d+\))?: ?([^]*)$/;

/** @param version as the command tells it: `aws-cli/1.45.11` */
export function cliClient(
  service: Service,
  { endpoint, env }: Where,
  { command, version }: { readonly command: string; readonly version: string },
): InstalledClient {
  let directory: string | undefined;
  let callCount = 0;
  return {
    async call(operation, input) {
      directory ??= newDirectory();
      const stem = join(directory, String(++callCount));
      const args = [service, kebab(operation), "--endpoint-url", endpoint, "--no-paginate"];
      args.push("--cli-input-json", writeInput(`${stem}.json`, input, version));
      // The one way to hand bytes that are no text to either version.
      if ("Data" in input && input.Data instanceof Uint8Array) {
        writeFileSync(`${stem}.data`, input.Data);
        args.push("--data", `fileb://${stem}.data`);
      }
      const { stdout, complaint } = await run(command, args, directory, env);
      if (complaint === undefined) {
        const output: unknown = stdout === "" ? {} : JSON.parse(stdout);
        return mapDeep(output, fromText) as object;
      }
      const [, name, message = ""] = ERROR.exec(complaint) ?? [];
      if (name === undefined) throw new Error(`${command} ${args.join(" ")}: ${complaint}`);
      throw new CallRefused(name, message.replace(/\n$/, ""));
    },
    close() {
      if (directory !== undefined) rmSync(directory, { recursive: true });
    },
  };
}

/** `PutRecord` → `put-record` */
export function kebab(operation: string): string {
  return operation.replace(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase();
}

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "hydrant-cli-"));
  writeFileSync(join(directory, "config"), CONFIG);
  return directory;
}

function writeInput(file: string, input: object, version: string): string {
  const { Data, ...rest } = input as { readonly Data?: unknown };
  const given = Data instanceof Uint8Array ? rest : input;
  // Version 1 takes bytes as text and version 2 in base64.
  const form = version.startsWith("aws-cli/1.") ? "utf8" : "base64";
  const toText = (value: object) => {
    if (value instanceof Date) return value.toISOString();
    return value instanceof Uint8Array ? Buffer.from(value).toString(form) : undefined;
  };
  writeFileSync(file, JSON.stringify(mapDeep(given, toText)));
  return `file://${file}`;
}

function run(
  command: string,
  args: readonly string[],
  directory: string,
  caller: Where["env"],
): Promise<{ readonly stdout: string; readonly complaint?: string }> {
  const env = {
    ...process.env,
    AWS_CONFIG_FILE: join(directory, "config"),
    AWS_SHARED_CREDENTIALS_FILE: join(directory, "credentials"),
    ...caller,
    AWS_MAX_ATTEMPTS: "1",
  };
  return new Promise((resolve) => {
    const options = { env, maxBuffer: 64 * 1024 * 1024 };
    execFile(command, args, options, (error, stdout, stderr) =>
      resolve({ stdout, ...(error && { complaint: stderr === "" ? error.message : stderr }) }),
    );
  });
}

/** Structures whose members are times or bytes by their names. */
function fromText(value: object): unknown {
  if (Array.isArray(value)) return undefined;
  const entries = Object.entries(value).map(([name, member]: [string, unknown]) => {
    if (typeof member !== "string") return [name, mapDeep(member, fromText)] as const;
    if (name.endsWith("Timestamp")) return [name, new Date(member)] as const;
    return [name, name === "Data" ? Buffer.from(member, "base64") : member] as const;
  });
  return Object.fromEntries(entries);
}
