/** The bounds that both operations on retention check, in AWS's words. */
import { RETENTION_MAX_HOURS, RETENTION_MIN_HOURS } from "../../limits.ts";
import type { DataStream } from "../../streams/stream.ts";
import { integer, required } from "../../wire/shape.ts";
import { streamAddress } from "./common-shapes.ts";
import { invalidArgument } from "./refusals.ts";

export const retentionInput = {
  ...streamAddress,
  RetentionPeriodHours: required(integer()),
};

export function checkBounds(hours: number): void {
  if (hours < RETENTION_MIN_HOURS) {
    throw invalidArgument(
      `Minimum allowed retention period is ${RETENTION_MIN_HOURS} hours. Requested retention period (${hours} hours) is too short.`,
    );
  }
  if (hours > RETENTION_MAX_HOURS) {
    throw invalidArgument(
      `Maximum allowed retention period is ${RETENTION_MAX_HOURS} hours. Requested retention period (${hours} hours) is too long.`,
    );
  }
}

export function checkDirection(
  { name, retentionHours }: DataStream,
  hours: number,
  direction: "Increase" | "Decrease",
): void {
  const isWrong = direction === "Increase" ? hours < retentionHours : hours > retentionHours;
  if (!isWrong) return;
  const [bound, other] =
    direction === "Increase" ? ["shorter", "Decrease"] : ["longer", "Increase"];
  throw invalidArgument(
    `Requested retention period (${hours} hours) for stream ${name} can not be ${bound} than existing retention period (${retentionHours} hours). Use ${other}RetentionPeriod API.`,
  );
}
