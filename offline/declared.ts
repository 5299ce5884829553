/**
 * What is declared of Hydrant's own resources, brought about as CloudFormation does it: an event to the function that
 * deployed stacks name as their ServiceToken, and its answer by a PUT to a URL of ours. What was made is remembered, so
 * that the next start changes it, and then removes what is declared no longer.
 */
import { randomUUID } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { DeclaredStore, Made, MadeRequest } from "./declared-store.ts";
import { ACCOUNT_ID, REGION } from "./aws-json.ts";
import { TYPES } from "./declared-types.ts";
import type { Invoke } from "./invoke.ts";
import { listen } from "./listen.ts";
import { render, type Entry, type Resource } from "./template.ts";

export interface DeclaredStack {
  /** Where it is declared. What one stack made is changed and removed by no other. */
  readonly name: string;
  readonly resources: Readonly<Record<string, Resource>>;
}

export interface DeclaredOptions {
  readonly store: DeclaredStore;
  /** What can be referred to; what is made is added. */
  readonly known: Map<string, Entry>;
  readonly invoke: Invoke;
  /** The function that makes them. */
  readonly functionName: string;
  /** Hears, in a line each, of what could not be brought about and of what is about to be removed; the start goes on. */
  say(text: string): void;
}

interface Answer {
  readonly Status: "SUCCESS" | "FAILED";
  readonly Reason?: string;
  readonly PhysicalResourceId: string;
  readonly Data?: Readonly<Record<string, string>>;
}

type Ask = (
  resource: { readonly id: string; readonly type: string },
  request: {
    readonly RequestType: "Create" | "Update" | "Delete";
    readonly RequestId: string;
    readonly PhysicalResourceId?: string;
    readonly ResourceProperties: unknown;
  },
) => Promise<Answer>;

export async function applyDeclared(
  stacks: readonly DeclaredStack[],
  options: DeclaredOptions,
): Promise<void> {
  const isIdle = stacks.every(
    ({ name, resources }) =>
      inOrder(resources).length === 0 && options.store.madeBy(name).length === 0,
  );
  if (isIdle) return;
  const answers = new Map<string, Answer>();
  const receiver = createReceiver(answers);
  const port = await listen(receiver, 0);
  try {
    for (const stack of stacks) {
      const ask: Ask = async ({ id, type }, request) => {
        const path = `/${randomUUID()}`;
        const invocation = await options.invoke(options.functionName, {
          ...request,
          ResponseURL: `http://127.0.0.1:${port}${path}`,
          StackId: stackArn(stack.name),
          LogicalResourceId: id,
          ResourceType: type,
        });
        const answer = answers.get(path);
        if (answer !== undefined) return answer;
        const trouble = invocation.kind === "failed" ? invocation.message : "no answer";
        throw new Error(trouble);
      };
      await applyStack(stack, ask, options);
    }
  } finally {
    receiver.closeAllConnections();
    receiver.close();
  }
}

/** As on AWS, nothing is removed as long as something could not be made or changed. */
async function applyStack(stack: DeclaredStack, ask: Ask, options: DeclaredOptions): Promise<void> {
  const { store } = options;
  let isWhole = true;
  const attempt = async (what: string, act: () => Promise<void>) => {
    try {
      await act();
    } catch (error) {
      isWhole = false;
      options.say(`Warning: ${what}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  for (const [id, resource] of inOrder(stack.resources)) {
    await attempt(`${id} is not as it is declared`, () =>
      bringAbout(stack.name, id, resource, ask, options),
    );
  }
  if (!isWhole) return;
  const leftovers = store
    .madeBy(stack.name)
    .filter(([id, { type }]) => stack.resources[id]?.Type !== type)
    .toSorted(([, a], [, b]) => TYPES.indexOf(b.type) - TYPES.indexOf(a.type));
  for (const [id, made] of leftovers) {
    if (!made.isRetained) {
      options.say(`Removing ${named(id, made)}, which ${stack.name} declares no longer.`);
    }
    await attempt(`${id} is not removed`, async () => {
      if (!made.isRetained) await removeAll(id, made, ask);
      store.forget(stack.name, id);
    });
  }
}

async function bringAbout(
  stackName: string,
  id: string,
  { Type: type, Properties = {}, DeletionPolicy, UpdateReplacePolicy }: Resource,
  ask: Ask,
  options: DeclaredOptions,
): Promise<void> {
  const { store, known, functionName } = options;
  const noted = store.get(stackName, id);
  if (noted !== undefined && noted.type !== type) {
    throw new Error(`it was a ${noted.type}; give the ${type} a name of its own`);
  }
  if (noted?.entry !== undefined) known.set(id, noted.entry);
  const ServiceToken = `arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function:${functionName}`;
  // What stands there may be exported by a stack that is none here.
  const { ServiceToken: _, ...own } = Properties;
  const ResourceProperties = { ...(asTexts(render(own, known)) as object), ServiceToken };
  // What a failed creation has made is removed in either case.
  const isRetained = DeletionPolicy === "Retain" || DeletionPolicy === "RetainExceptOnCreate";
  // Written down first: a request that is cut off is sent again under its id, and makes nothing twice.
  const request = { id: noted?.request?.id ?? randomUUID(), properties: ResourceProperties };
  const made = { ...noted, type, isRetained, request };
  store.note(stackName, id, made);
  const standing = noted?.entry?.ref;
  const answer = await askFor(id, made, request, ask);
  const ref = answer.PhysicalResourceId;
  if (answer.Status === "FAILED") {
    if (standing === undefined) {
      await remove(id, { type, isRetained }, ref, ask);
      store.forget(stackName, id);
    } else {
      const { entry, properties } = noted!;
      store.note(stackName, id, { type, isRetained, entry: entry!, properties });
    }
    throw new Error(answer.Reason ?? "no reason given");
  }
  const entry = { ref, attributes: answer.Data ?? {} };
  known.set(id, entry);
  store.note(stackName, id, { type, isRetained, entry, properties: ResourceProperties });
  if (standing === undefined || standing === ref || UpdateReplacePolicy === "Retain") return;
  options.say(`Removing ${named(id, noted!)}, in whose place there is another one now.`);
  await remove(id, noted!, standing, ask);
}

/** `Clicks (Custom::HydrantStream clicks/5c1f09ab27de4410, with its records)` */
function named(id: string, { type, entry }: Made): string {
  const what = entry === undefined ? type : `${type} ${entry.ref}`;
  return `${id} (${what}${type === "Custom::HydrantStream" ? ", with its records" : ""})`;
}

/** Made, or changed where one stands. */
function askFor(
  id: string,
  { type, entry }: Made,
  { id: RequestId, properties }: MadeRequest,
  ask: Ask,
): Promise<Answer> {
  return ask(
    { id, type },
    {
      RequestType: entry === undefined ? "Create" : "Update",
      RequestId,
      ...(entry !== undefined && { PhysicalResourceId: entry.ref }),
      ResourceProperties: properties,
    },
  );
}

/** What a request has made whose answer is not known is only learnt by asking again. */
async function removeAll(id: string, made: Made, ask: Ask): Promise<void> {
  const { entry, request } = made;
  const answer = request && (await askFor(id, made, request, ask));
  const refs = new Set([answer?.PhysicalResourceId, entry?.ref]);
  for (const ref of refs) if (ref !== undefined) await remove(id, made, ref, ask);
}

async function remove(
  id: string,
  { type, properties = {} }: Made,
  ref: string,
  ask: Ask,
): Promise<void> {
  const answer = await ask(
    { id, type },
    {
      RequestType: "Delete",
      RequestId: randomUUID(),
      PhysicalResourceId: ref,
      ResourceProperties: properties,
    },
  );
  if (answer.Status === "FAILED") throw new Error(answer.Reason ?? "no reason given");
}

function inOrder(
  resources: Readonly<Record<string, Resource>>,
): readonly (readonly [string, Resource])[] {
  return Object.entries(resources)
    .filter(([, { Type }]) => TYPES.includes(Type))
    .toSorted(([, a], [, b]) => TYPES.indexOf(a.Type) - TYPES.indexOf(b.Type));
}

/** CloudFormation passes all scalars on as text. */
function asTexts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asTexts);
  if (typeof value !== "object" || value === null) return String(value);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, asTexts(item)]));
}

function stackArn(name: string): string {
  return `arn:aws:cloudformation:${REGION}:${ACCOUNT_ID}:stack/${name}`;
}

/** Takes each answer under the path it was put to. */
function createReceiver(answers: Map<string, Answer>): Server {
  return createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      answers.set(request.url ?? "", JSON.parse(Buffer.concat(chunks).toString()) as Answer);
      response.end();
    });
  });
}
