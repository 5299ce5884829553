/**
 * Hydrant, and servers that others offer for the same purpose. These are installed into a folder that goes when the
 * bench ends, by their own registries' clients; they are dependencies of nothing.
 */
import { execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { freePort } from "../../offline/free-port.ts";

const run = promisify(execFile);

export interface Contender {
  readonly name: string;
  readonly hasFirehose: boolean;
  /** Answers at once; whether it listens yet is the caller's to find out. */
  start(): Promise<Running>;
}

export interface Running {
  readonly endpoint: string;
  readonly pid: number;
  /** A bucket that stands and that deliveries may go to, once the server answers; absent: make one. */
  bucket?(): string;
  stop(): Promise<void>;
}

type Install = (directory: string) => Promise<Contender>;

export const PEERS: Readonly<Record<string, Install>> = {
  async kinesalite(directory) {
    const home = await npmInstall(directory, "kinesalite");
    return {
      name: `kinesalite ${versionIn(home)}`,
      hasFirehose: false,
      start: () =>
        startProcess(process.execPath, (port) =>
          `${join(home, "cli.js")} --port ${port} --shardLimit 1000 --createStreamMs 50`.split(" "),
        ),
    };
  },
  async moto(directory) {
    const bin = await pipInstall(directory, "moto[server]");
    return {
      name: `moto ${await pipVersion(bin, "moto")}`,
      hasFirehose: true,
      start: () =>
        startProcess(join(bin, "moto_server"), (port) => ["-H", "127.0.0.1", "-p", String(port)]),
    };
  },
  async ministack(directory) {
    const bin = await pipInstall(directory, "ministack");
    return {
      name: `ministack ${await pipVersion(bin, "ministack")}`,
      hasFirehose: true,
      start: () =>
        startProcess(
          join(bin, "ministack"),
          () => [],
          (port) => ({ GATEWAY_PORT: String(port), BIND_HOST: "127.0.0.1", LOG_LEVEL: "ERROR" }),
        ),
    };
  },
};

export function hydrant(): Contender {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  return {
    name: `Hydrant ${versionIn(root)}`,
    hasFirehose: true,
    async start() {
      const dataDir = mkdtempSync(join(tmpdir(), "hydrant-peers-"));
      const running = await startProcess(
        process.execPath,
        () => [join(root, "offline", "start.mjs")],
        (port) => ({
          HYDRANT_PORT: String(port),
          HYDRANT_S3_PORT: "0",
          HYDRANT_SQS_PORT: "0",
          HYDRANT_DATA_DIR: dataDir,
        }),
      );
      return {
        ...running,
        bucket() {
          const facts = readFileSync(join(dataDir, "stack.json"), "utf8");
          return (JSON.parse(facts) as { readonly deliveryBucket: string }).deliveryBucket;
        },
        async stop() {
          await running.stop();
          rmSync(dataDir, { recursive: true, force: true });
        },
      };
    },
  };
}

async function startProcess(
  program: string,
  argumentsFor: (port: number) => readonly string[],
  environmentFor: (port: number) => NodeJS.ProcessEnv = () => ({}),
): Promise<Running> {
  const port = await freePort();
  const child = spawn(program, argumentsFor(port), {
    env: { ...process.env, ...environmentFor(port) },
    stdio: "ignore",
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  return {
    endpoint: `http://127.0.0.1:${port}`,
    pid: child.pid ?? 0,
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

async function npmInstall(directory: string, name: string): Promise<string> {
  await run("npm", [
    "install",
    "--no-save",
    "--no-audit",
    "--no-fund",
    "--prefix",
    directory,
    name,
  ]);
  return join(directory, "node_modules", name);
}

async function pipInstall(directory: string, requirement: string): Promise<string> {
  const home = join(directory, requirement.replaceAll(/\W/g, "-"));
  mkdirSync(home, { recursive: true });
  await run("python3", ["-m", "venv", home]);
  const bin = join(home, "bin");
  await run(join(bin, "pip"), ["install", "--quiet", requirement], { maxBuffer: 2 ** 26 });
  return bin;
}

async function pipVersion(bin: string, name: string): Promise<string> {
  const { stdout } = await run(join(bin, "pip"), ["show", name]);
  return /^Version: (.+)$/m.exec(stdout)?.[1] ?? "?";
}

function versionIn(home: string): string {
  const manifest = readFileSync(join(home, "package.json"), "utf8");
  return (JSON.parse(manifest) as { readonly version: string }).version;
}
