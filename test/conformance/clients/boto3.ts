/** boto3, through one Python process per test file: see boto3-bridge.py. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { CallRefused, type InstalledClient, type Service, type Where } from "./installed-client.ts";
import { mapDeep } from "./map-deep.ts";

export const BRIDGE = fileURLToPath(new URL("boto3-bridge.py", import.meta.url));

type Answer =
  | { readonly output: object }
  | { readonly refused: { name: string; message: string; status: number } }
  | { readonly failed: string };

/** @param command a Python that has boto3 */
export function boto3Client(
  service: Service,
  { endpoint, env }: Where,
  command: string,
): InstalledClient {
  let bridge: Bridge | undefined;
  return {
    async call(operation, input) {
      bridge ??= new Bridge(command, [BRIDGE, service, "--endpoint", endpoint], env);
      const answer = await bridge.ask({ operation, input: mapDeep(input, toWire) });
      if ("output" in answer) return mapDeep(answer.output, fromWire) as object;
      if ("failed" in answer) throw new Error(`${operation} through boto3: ${answer.failed}`);
      const { name, message, status } = answer.refused;
      throw new CallRefused(name, message, status);
    },
    close: () => bridge?.close(),
  };
}

/** Answers come in the order of the questions. */
class Bridge {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #waiting: { resolve(answer: Answer): void; reject(reason: Error): void }[] = [];
  #complaints = "";

  constructor(command: string, args: readonly string[], env: Where["env"]) {
    this.#process = spawn(command, args, { env: { ...process.env, ...env } });
    this.#process.stderr.on("data", (chunk: Buffer) => (this.#complaints += chunk.toString()));
    this.#process.on("error", (error) => this.#fail(error.message));
    this.#process.on("close", () => this.#fail(this.#complaints));
    createInterface({ input: this.#process.stdout }).on("line", (line) =>
      this.#waiting.shift()?.resolve(JSON.parse(line) as Answer),
    );
  }

  ask(question: object): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#process.stdin.write(`${JSON.stringify(question)}\n`);
    });
  }

  /** The process ends with its input. */
  close(): void {
    this.#process.stdin.end();
  }

  #fail(why: string): void {
    for (const { reject } of this.#waiting.splice(0)) reject(new Error(`boto3 ended: ${why}`));
  }
}

function toWire(value: object): unknown {
  if (value instanceof Date) return { $time: value.getTime() };
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString("base64") };
  return undefined;
}

function fromWire(value: object): unknown {
  if ("$time" in value) return new Date(value.$time as number);
  if ("$bytes" in value) return Buffer.from(value.$bytes as string, "base64");
  return undefined;
}
