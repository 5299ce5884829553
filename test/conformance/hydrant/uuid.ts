/** What every operation that names a mapping by its UUID refuses. */
import { randomUUID } from "node:crypto";
import { describe, it } from "vitest";
import { call, expectNotFound, expectRefusal, violation } from "./client.ts";

export function testUuid(operation: string): void {
  describe(`${operation}: serialization`, () => {
    it("refuses a UUID that is no text", async () => {
      expectRefusal(
        await call(operation, { UUID: 7 }),
        "SerializationException",
        "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String",
      );
    });
  });

  describe(`${operation}: validation`, () => {
    it("wants a UUID", async () => {
      expectRefusal(
        await call(operation, {}),
        "ValidationException",
        violation("Value null at 'uUID' failed to satisfy constraint: Member must not be null"),
      );
    });
  });

  describe(`${operation}: behaviour`, () => {
    it("finds nothing that is not there", async () => {
      expectNotFound(await call(operation, { UUID: randomUUID() }));
    });
  });
}
