import { describe } from "vitest";
import { systemRandom } from "../../../../src/random.ts";
import { memoryBodies } from "../../../../src/storage/memory/bodies.ts";
import { testBodyStore } from "../../../contract/body-store.ts";

describe("the memory twin of block bodies", () => {
  testBodyStore(async () => memoryBodies(systemRandom));
});
