/** The AWS SDK for JavaScript: JSON over HTTP/2. */
import * as sdk from "@aws-sdk/client-kinesis";
import { asRefusal, type Caller, type OperationName, type OutputOf } from "./caller.ts";
import { clientConfig } from "../../target.ts";

type AnyCommand = new (input: object) => sdk.ListStreamsCommand;

const commands = sdk as unknown as Readonly<Record<string, AnyCommand>>;

export function javascriptCaller(endpoint: string): Caller {
  const client = new sdk.KinesisClient({
    ...clientConfig(),
    endpoint,
    maxAttempts: 1,
  });
  return {
    name: "javascript",
    supports: () => true,
    async call<Name extends OperationName>(operation: Name, input: object) {
      const Command = commands[`${operation}Command`]!;
      try {
        const { $metadata: _, ...output } = await client.send(new Command(input));
        return output as unknown as OutputOf<Name>;
      } catch (error) {
        throw asRefusal(error);
      }
    },
    close: () => client.destroy(),
  };
}
