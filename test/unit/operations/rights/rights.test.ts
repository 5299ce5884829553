/** What each operation needs the right to, in each way in which it is called; and that without it nothing happens. */
import { describe, expect, test } from "vitest";
import { type Answered, USER, world } from "./world.ts";
import { type Case, CASES, offeredOperations } from "./cases.ts";

const ALL = { Effect: "Allow", Action: "*", Resource: "*" };

const statement = (Effect: "Allow" | "Deny") => (rights: readonly string[]) => ({
  Effect,
  Action: rights[0],
  Resource: rights[1],
});
const allow = statement("Allow");
const deny = statement("Deny");

/** What has to be known to say whose something is. None of it writes. */
const LOOKS = [
  "dataStreams.get",
  "dataStreamCache.look",
  "streamCache.get",
  "deliveryStreams.get",
  "mappings.get",
];

function expectRefused(answered: Answered, right: readonly string[], why: string): void {
  const [action, resource] = right;
  expect(answered).toMatchObject({
    status: 400,
    type: "AccessDeniedException",
    message: `User: ${USER} is not authorized to perform: ${action} on resource: ${resource} ${why}`,
    isBegun: false,
  });
  expect(answered.calls.filter((call) => !LOOKS.includes(call))).toEqual([]);
}

const unallowed = ([action]: readonly string[]) =>
  `because no identity-based policy allows the ${action} action`;
const DENIED = "with an explicit deny in an identity-based policy";

test("every operation that is offered has a case", () => {
  const tried = new Set(CASES.map(({ operation }) => operation));
  expect([...tried].toSorted()).toEqual([...offeredOperations()].toSorted());
});

describe.each(CASES.map((one) => [`${one.operation} ${one.how}`.trim(), one] as const))(
  "%s",
  (_, { operation, input, rights, under }: Case) => {
    test("is let through with its rights alone, and without any of them does nothing", async () => {
      const deployment = await world();
      const request = await input(deployment);
      const needed = rights(deployment);
      const send = (statements: readonly object[]) =>
        deployment.send(operation, request, statements);

      const nothing = {
        Effect: "Allow",
        Action: "kinesis:PutRecord",
        Resource: "arn:aws:kinesis:*:*:stream/none",
      };
      expectRefused(await send([nothing]), needed[0]!, unallowed(needed[0]!));
      for (const right of needed) {
        const others = needed.filter((other) => other !== right).map(allow);
        expectRefused(await send([nothing, ...others]), right, unallowed(right));
        expectRefused(await send([ALL, deny(right)]), right, DENIED);
      }
      for (const right of under(deployment)) {
        expectRefused(await send([ALL, deny(right)]), right, DENIED);
      }
      const { isBegun, type } = await send(needed.map(allow));
      expect({ isBegun, isDenied: type === "AccessDeniedException" }).toEqual({
        isBegun: true,
        isDenied: false,
      });
    });
  },
);
