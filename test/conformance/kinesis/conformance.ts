/**
 * The three sections that every operation's test has. Serialization: values of the wrong type, in either encoding.
 * Validation: what breaks a bound, and behaviour: what the operation does, both through every caller of the run.
 * What a caller does not know is not declared, and listed at the end of the run.
 */
import { appendFileSync } from "node:fs";
import { afterAll, describe, inject, it } from "vitest";
import type { Caller, OperationName, OutputOf } from "./callers/caller.ts";
import { cborCaller } from "./callers/cbor.ts";
import { CBOR_1_1, JSON_1_1 } from "./callers/encoding.ts";
import { installedCaller } from "./callers/installed.ts";
import { javascriptCaller } from "./callers/javascript.ts";
import { rawCall } from "./callers/raw-call.ts";
import { ENDPOINT as endpoint, WHERE } from "../target.ts";
import { expectRefusal, violations } from "./client.ts";

type Expected = string | RegExp;

interface Sections<Name extends OperationName> {
  /** Sentence → a body and what is said of it; two texts where JSON and CBOR are refused differently. */
  readonly serialization: Readonly<
    Record<string, readonly [body: object, json: Expected, cbor?: Expected]>
  >;
  /** Sentence → an input and the violations in it. */
  readonly validation: Readonly<
    Record<string, readonly [input: object, ...violations: readonly string[]]>
  >;
  readonly behaviour: (subject: Subject<Name>) => void;
}

/** The operation under test, through one caller. */
export interface Subject<Name extends OperationName> {
  readonly caller: Caller;
  call(input: object): Promise<OutputOf<Name>>;
  /** Waits for a call to be refused, and checks how. */
  refuses(input: object, name: string, message: Expected): Promise<void>;
  /** A test with members of the input that not every client knows. */
  itKnowing(members: readonly string[], sentence: string, test: () => Promise<void>): void;
}

export function conformance<Name extends OperationName>(
  operation: Name,
  sections: Sections<Name>,
): void {
  // Each test has what it changes to itself, so that the waiting for streams adds up less.
  describe.concurrent(operation, () => {
    for (const [sentence, [body, json, cbor = json]] of Object.entries(sections.serialization)) {
      for (const [encoding, text] of [
        [JSON_1_1, json],
        [CBOR_1_1, cbor],
      ] as const) {
        it(`serialization in ${encoding.name}: ${sentence}`, async () => {
          const call = rawCall(endpoint, encoding, operation, body);
          await expectRefusal(call, "SerializationException", text);
        });
      }
    }
    for (const caller of callers) {
      if (caller.supports(operation)) describeThrough(caller, operation, sections);
      else noteNotCovered(caller, operation);
    }
  });
}

function describeThrough<Name extends OperationName>(
  caller: Caller,
  operation: Name,
  { validation, behaviour }: Sections<Name>,
): void {
  const itKnowing: Subject<Name>["itKnowing"] = (members, sentence, test) => {
    const unknown = members.filter((member) => !caller.supports(operation, member));
    if (unknown.length === 0) it(sentence, test);
    else noteNotCovered(caller, `${operation}, ${unknown.join(", ")}: ${sentence}`);
  };
  const call = (input: object) => caller.call(operation, input);
  const refuses: Subject<Name>["refuses"] = (input, name, message) =>
    expectRefusal(call(input), name, message);

  describe(`through ${caller.name}`, () => {
    for (const [sentence, [input, ...texts]] of Object.entries(validation)) {
      itKnowing(Object.keys(input), `validation: ${sentence}`, () =>
        refuses(input, "ValidationException", violations(...texts)),
      );
    }
    describe("behaviour", () => behaviour({ caller, call, refuses, itKnowing }));
  });
}

const callers = inject("conformanceCallers").map((choice): Caller => {
  switch (choice.name) {
    case "javascript":
      return javascriptCaller(endpoint);
    case "cbor":
      return cborCaller(endpoint);
    case "boto3":
    case "cli":
      return installedCaller(choice.name, WHERE, choice.installed);
  }
});

afterAll(() => callers.forEach((caller) => caller.close()));

function noteNotCovered({ name }: Caller, what: string): void {
  appendFileSync(inject("notCoveredFile"), `${name}: ${what}\n`);
}
