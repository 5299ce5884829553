/** The parent's side of the embedded services: starts their process, learns their addresses, ends it. */
import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { PortWish } from "../listen.ts";

export interface ServiceOptions {
  /** Absent: nothing is kept. */
  readonly dataDir?: string;
  /** 0 takes a free one. */
  readonly s3Port: number;
  /** Of the embedded one; absent: a free one. */
  readonly dynamodbPort?: PortWish;
  /** Absent: a free one. */
  readonly sqsPort?: PortWish;
  /** A DynamoDB that is running already, in place of the embedded one. */
  readonly dynamodbEndpoint?: string;
  /** Whether the embedded DynamoDB has DynamoDB's limits. */
  readonly isLimited?: boolean;
}

export interface ServiceAddresses {
  /** For the stack itself. */
  readonly dynamodbEndpoint: string;
  /** For everybody else on this machine, and for functions where there are limits. */
  readonly dynamodbDoor: string;
  readonly s3Endpoint: string;
  readonly sqsEndpoint: string;
  readonly dynamodbPid?: number;
  /** What the keys of encrypted streams follow from. */
  readonly streamKeyFile: string;
  /** Of the embedded DynamoDB; what another one holds is its own affair. */
  readonly sealKeyFile?: string;
}

type Message =
  | { readonly kind: "ready"; readonly addresses: ServiceAddresses }
  | { readonly kind: "failed"; readonly message: string };

export interface RunningServices extends ServiceAddresses {
  readonly process: ChildProcess;
  stop(): Promise<void>;
}

export function startServices(options: ServiceOptions): Promise<RunningServices> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL("main.ts", import.meta.url)), [], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    const ended = new Promise<void>((done) => child.once("exit", () => done()));
    child.once("exit", () =>
      reject(new Error("the embedded services ended before they were ready")),
    );
    child.on("message", (message: Message) => {
      switch (message.kind) {
        case "failed":
          return reject(new Error(message.message));
        case "ready":
          return resolve({
            ...message.addresses,
            process: child,
            async stop() {
              if (child.connected) child.disconnect();
              await ended;
            },
          });
      }
    });
    child.send(options);
  });
}
