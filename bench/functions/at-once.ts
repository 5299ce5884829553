/** A function that takes no time, and notes when it ran. */
import type { KinesisStreamEvent } from "aws-lambda";
import { note } from "./hundred-ms.ts";

export async function handler({ Records }: KinesisStreamEvent): Promise<void> {
  await note(Records, 0);
}
