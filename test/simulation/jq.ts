/** What jq answers to the queries of the simulation: it is not jq that is simulated. */
import type { JqEngine } from "../../src/delivery/jq/engine.ts";
import { memoryJq } from "../../src/storage/memory/jq.ts";
import { partitionOfInput } from "./payload.ts";

export function partitionJq(): JqEngine {
  return {
    ...memoryJq(),
    run: async ({ program, inputs }) =>
      inputs.map((text) => partitionOfInput(program, JSON.parse(text))),
  };
}
