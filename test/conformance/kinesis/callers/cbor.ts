/** CBOR over HTTP/1.1, as Java's clients speak it; those, too, call SubscribeToShard in JSON. */
import type { Caller, OperationName, OutputOf } from "./caller.ts";
import { CBOR_1_1 } from "./encoding.ts";
import { rawCall } from "./raw-call.ts";

export function cborCaller(endpoint: string): Caller {
  return {
    name: "cbor",
    supports: (operation) => operation !== "SubscribeToShard",
    async call<Name extends OperationName>(operation: Name, input: object) {
      return (await rawCall(endpoint, CBOR_1_1, operation, input)) as OutputOf<Name>;
    },
    close() {},
  };
}
