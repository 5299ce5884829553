/** A client that is installed on the machine, and what it knows of Kinesis: older ones lack operations and members. */
import type { OperationName } from "./caller.ts";

export interface Installed {
  readonly command: string;
  /** `boto3 1.43.11` */
  readonly version: string;
  readonly model: ClientModel;
}

/** Operation → the names of all members of its input, at whatever depth. */
export type ClientModel = Readonly<Partial<Record<string, readonly string[]>>>;

export function knows(
  model: ClientModel,
  operation: OperationName,
  members: readonly string[] = [],
): boolean {
  const known = model[operation];
  return known !== undefined && members.every((member) => known.includes(member));
}
