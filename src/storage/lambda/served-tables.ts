/** Which tables a stage's functions serve: their environment says it, those of a restore as well as the stack's own. */
import {
  GetFunctionConfigurationCommand,
  type LambdaClient,
  ResourceNotFoundException,
} from "@aws-sdk/client-lambda";

export type ServedTables =
  | { readonly kind: "served"; readonly logTable: string; readonly stateTable: string }
  /** No such function, as of a stack that was removed. */
  | { readonly kind: "none" }
  /** Lambda does not tell this caller. */
  | { readonly kind: "denied" };

export async function servedTables(
  client: LambdaClient,
  functionName: string,
): Promise<ServedTables> {
  try {
    const { Environment } = await client.send(
      new GetFunctionConfigurationCommand({ FunctionName: functionName }),
    );
    const { HYDRANT_LOG_TABLE: logTable, HYDRANT_STATE_TABLE: stateTable } =
      Environment?.Variables ?? {};
    // Variables that may not be decrypted are left out of the answer.
    if (!logTable || !stateTable) return { kind: "denied" };
    return { kind: "served", logTable, stateTable };
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return { kind: "none" };
    if (error instanceof Error && error.name === "AccessDeniedException") return { kind: "denied" };
    throw error;
  }
}
