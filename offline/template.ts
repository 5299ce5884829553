/**
 * The resources of serverless.yml as the laptop needs them: physical names, and the values of the intrinsic
 * functions that function environments use, under the pseudo parameters of a local account.
 */
import { ACCOUNT_ID, REGION } from "./aws-json.ts";

export interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

/** What `Ref` and `Fn::GetAtt` answer. */
export interface Entry {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** By logical id. */
export type Known = ReadonlyMap<string, Entry>;

const PSEUDO: Readonly<Record<string, string>> = {
  "AWS::AccountId": ACCOUNT_ID,
  "AWS::Region": REGION,
  "AWS::Partition": "aws",
  "AWS::URLSuffix": "amazonaws.com",
  "AWS::StackName": "hydrant",
};

/** Replaces every intrinsic function in `value`; throws at one that names something unknown. */
export function render(value: unknown, known: Known = new Map()): unknown {
  if (Array.isArray(value)) return value.map((item) => render(item, known));
  if (typeof value !== "object" || value === null) return value;
  const [first, ...others] = Object.entries(value);
  if (first !== undefined && others.length === 0) {
    const [name, argument] = first;
    const apply = INTRINSICS[name];
    if (apply !== undefined) return apply(argument, known);
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, render(item, known)]));
}

export function renderText(value: unknown, known?: Known): string {
  return String(render(value, known));
}

const INTRINSICS: Readonly<Record<string, (argument: unknown, known: Known) => unknown>> = {
  Ref: (name, known) => reference(String(name), known),
  "Fn::GetAtt": (argument, known) => {
    const [name, attribute] =
      typeof argument === "string" ? splitOnce(argument) : (argument as string[]);
    return attributeOf(name ?? "", attribute ?? "", known);
  },
  "Fn::Sub": (argument, known) => {
    const [text, variables] = Array.isArray(argument) ? argument : [argument, {}];
    const own = render(variables, known) as Readonly<Record<string, string>>;
    return String(text).replaceAll(/\$\{([^}!]+)\}/g, (_, name: string) => {
      if (own[name] !== undefined) return own[name];
      const [resource, attribute] = splitOnce(name);
      return attribute === undefined
        ? reference(name, known)
        : attributeOf(resource, attribute, known);
    });
  },
  "Fn::Join": (argument, known) => {
    const [separator, items] = argument as [string, unknown];
    return (render(items, known) as string[]).join(separator);
  },
  "Fn::Split": (argument, known) => {
    const [separator, text] = argument as [string, unknown];
    return renderText(text, known).split(separator);
  },
  "Fn::Select": (argument, known) => {
    const [index, items] = argument as [number | string, unknown];
    return (render(items, known) as unknown[])[Number(index)];
  },
};

function reference(name: string, known: Known): string {
  const value = PSEUDO[name] ?? known.get(name)?.ref;
  if (value === undefined)
    throw new Error(`the template refers to ${name}, which the local stack does not know`);
  return value;
}

function attributeOf(name: string, attribute: string, known: Known): string {
  const value = known.get(name)?.attributes[attribute];
  if (value === undefined) {
    throw new Error(
      `the template refers to ${name}.${attribute}, which the local stack does not know`,
    );
  }
  return value;
}

function splitOnce(text: string): [string, string | undefined] {
  const dot = text.indexOf(".");
  return dot === -1 ? [text, undefined] : [text.slice(0, dot), text.slice(dot + 1)];
}
