/**
 * A thin layer in front of the embedded DynamoDB that holds its callers to DynamoDB's limits: it asks of each answer
 * what the request cost, has the buckets pay it, and refuses in DynamoDB's own words what finds them empty. A refused
 * condition costs like the write; what is refused for the rate costs nothing and does nothing.
 */
import { ACCOUNT_ID, callAws, REGION } from "../../aws-json.ts";
import { type Capacity, createCapacity, type Demand, type Lack } from "./buckets.ts";
import { CALLS, type PartitionKeyOf } from "./demands.ts";

const PREFIX = "DynamoDB_20120810.";

/** What is answered in place of the service. */
export interface Refusal {
  readonly __type: string;
  readonly message: string;
  readonly [member: string]: unknown;
}

export interface LimitedCall {
  /** The request as it is passed on. */
  readonly body: Buffer;
  /** Takes the answer of the service, and makes of it what the caller is told. */
  settle(status: number, answer: Buffer): Buffer;
}

export interface Limiter {
  /** Undefined: no limit knows the request, let it pass as it is. */
  admit(
    target: string,
    body: Buffer,
  ): Promise<LimitedCall | { readonly refusal: Refusal } | undefined>;
}

interface Schema {
  readonly KeySchema: readonly { readonly AttributeName: string; readonly KeyType: string }[];
}

type Described = Schema & {
  readonly [indexes in "GlobalSecondaryIndexes" | "LocalSecondaryIndexes"]?: readonly (Schema & {
    readonly IndexName: string;
  })[];
};

export function createLimiter(endpoint: string, capacity: Capacity = createCapacity()): Limiter {
  const schemas = new Map<string, Promise<Described | undefined>>();

  async function describe(TableName: string): Promise<Described | undefined> {
    try {
      const { Table } = await callAws<{ readonly Table: Described }>(
        endpoint,
        `${PREFIX}DescribeTable`,
        { TableName },
      );
      return Table;
    } catch {
      // None such now; there may be one later.
      schemas.delete(TableName);
      return undefined;
    }
  }

  async function keysOf(tables: Iterable<string>): Promise<PartitionKeyOf> {
    const known = new Map<string, Described | undefined>();
    for (const table of tables) {
      const schema = schemas.get(table) ?? describe(table);
      schemas.set(table, schema);
      known.set(table, await schema);
    }
    return (table, index) => {
      const described = known.get(table);
      const indexes = [
        ...(described?.GlobalSecondaryIndexes ?? []),
        ...(described?.LocalSecondaryIndexes ?? []),
      ];
      const schema =
        index === undefined ? described : indexes.find(({ IndexName }) => IndexName === index);
      return schema?.KeySchema.find(({ KeyType }) => KeyType === "HASH")?.AttributeName;
    };
  }

  return {
    async admit(target, body) {
      const operation = target.startsWith(PREFIX) ? target.slice(PREFIX.length) : "";
      const demandsOf = CALLS[operation];
      // A table of this name may come again with another key.
      if (demandsOf === undefined) {
        if (operation === "DeleteTable") schemas.clear();
        return undefined;
      }
      let input: Record<string, unknown>;
      let demands: readonly Demand[];
      try {
        input = JSON.parse(body.toString()) as Record<string, unknown>;
        const tables = demandsOf(input, () => undefined).map(({ table }) => table.split("/")[0]!);
        demands = demandsOf(input, await keysOf(new Set(tables)));
      } catch {
        // What is wrong with it the service says best.
        return undefined;
      }
      const lack = capacity.take(demands);
      if (lack !== undefined) return { refusal: refusalOf(operation, demands, lack) };
      const { ReturnConsumedCapacity: asked = "NONE" } = input;
      return {
        body:
          asked === "NONE"
            ? Buffer.from(JSON.stringify({ ...input, ReturnConsumedCapacity: "TOTAL" }))
            : body,
        settle(status, answer) {
          // Anything else than 200 tells nothing of costs: what was taken is what it cost.
          if (status !== 200) return answer;
          const { ConsumedCapacity, ...rest } = JSON.parse(answer.toString()) as Consumed;
          capacity.settle(demands, unitsOf(ConsumedCapacity));
          return asked === "NONE" ? Buffer.from(JSON.stringify(rest)) : answer;
        },
      };
    },
  };
}

interface Units {
  readonly CapacityUnits?: number;
}

interface Consumed {
  readonly ConsumedCapacity?: Units | readonly Units[];
  readonly [member: string]: unknown;
}

function unitsOf(consumed: Consumed["ConsumedCapacity"] = []): number {
  return [consumed].flat().reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
}

const SENTENCE =
  "Throughput exceeds the current capacity of your table or index. DynamoDB is automatically scaling your table or " +
  "index so please try again shortly. If exceptions persist, check if you have a hot key: " +
  "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html";

function refusalOf(
  operation: string,
  demands: readonly Demand[],
  { demand, isKey }: Lack,
): Refusal {
  if (operation.startsWith("Transact")) {
    const codes = demands.map((each) => (each === demand ? "ThrottlingError" : "None"));
    return {
      __type: "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
      message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes.join(", ")}]`,
      CancellationReasons: codes.map((Code) => ({
        Code,
        ...(Code !== "None" && { Message: SENTENCE }),
      })),
    };
  }
  const { table, kind } = demand;
  const resource = table.includes("/index/") ? "Index" : "Table";
  return {
    __type: "com.amazonaws.dynamodb.v20120810#ThrottlingException",
    message: SENTENCE,
    throttlingReasons: [
      {
        reason: `${resource}${kind}${isKey ? "KeyRangeThroughputExceeded" : "AccountLimitExceeded"}`,
        resource: `arn:aws:dynamodb:${REGION}:${ACCOUNT_ID}:table/${table}`,
      },
    ],
  };
}
