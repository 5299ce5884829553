/** Records for the tests of the stages, and what became of them. */
import { enter, type Passing, type StageOutcome } from "../../../../src/delivery/stages/outcome.ts";

export function passing(data: string | Uint8Array): Passing {
  return enter({ recordId: "49", arrivedAtMs: 1000, data: Buffer.from(data) });
}

export function texts(outcomes: readonly StageOutcome[]): readonly string[] {
  return outcomes.map((outcome) =>
    outcome.kind === "delivered" ? Buffer.from(outcome.data).toString() : outcome.kind,
  );
}
