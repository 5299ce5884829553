/** `hydrant pause STREAM`, `hydrant resume STREAM`. */
import { deliveryStreamName } from "../../src/operations/firehose/common-shapes.ts";
import { required } from "../../src/wire/shape.ts";
import { call } from "./call.ts";
import type { Connection } from "./connection.ts";
import { type Options, readOptions, withStreamName } from "./options.ts";

const MEMBERS = { DeliveryStreamName: required(deliveryStreamName) };

const COMMANDS = {
  pause: {
    operation: "PauseDelivery",
    done: "is paused: it takes records, and keeps them for its retention",
  },
  resume: { operation: "ResumeDelivery", done: "delivers" },
} as const;

export async function runPause(
  command: keyof typeof COMMANDS,
  args: readonly string[],
  connect: (options: Options) => Connection,
): Promise<void> {
  const options = readOptions(MEMBERS, withStreamName(args));
  if (options.isHelpWanted) return console.log(`usage: hydrant ${command} STREAM`);
  const { operation, done } = COMMANDS[command];
  await call(connect(options), operation, options.input);
  console.log(`${String(options.input["DeliveryStreamName"])} ${done}`);
}
