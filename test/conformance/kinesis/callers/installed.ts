/** A client that is installed on the machine, and what it knows of Kinesis: older ones lack operations and members. */
import { boto3Client } from "../../clients/boto3.ts";
import { cliClient } from "../../clients/cli.ts";
import type { Where } from "../../clients/installed-client.ts";
import type { Caller, OperationName, OutputOf } from "./caller.ts";

export interface Installed {
  readonly command: string;
  /** `boto3 1.43.11` */
  readonly version: string;
  readonly model: ClientModel;
}

/** Operation → the names of all members of its input, at whatever depth. */
export type ClientModel = Readonly<Partial<Record<string, readonly string[]>>>;

function knows(
  model: ClientModel,
  operation: OperationName,
  members: readonly string[] = [],
): boolean {
  const known = model[operation];
  return known !== undefined && members.every((member) => known.includes(member));
}

export function installedCaller(name: "boto3" | "cli", where: Where, installed: Installed): Caller {
  const { command, model } = installed;
  const client =
    name === "boto3"
      ? boto3Client("kinesis", where, command)
      : cliClient("kinesis", where, installed);
  return {
    name,
    supports: (operation, ...members) => knows(model, operation, members),
    async call<Name extends OperationName>(operation: Name, input: object) {
      return (await client.call(operation, input)) as OutputOf<Name>;
    },
    close: () => client.close(),
  };
}
