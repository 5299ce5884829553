/**
 * Shapes: what a request's members are, as data. One shape gives the decoder its type, the checker its bounds
 * and the handler the TypeScript type of its input, so the three cannot disagree. Names and bounds are those of
 * AWS's service models.
 */

export interface StringShape<Value extends string = string> {
  readonly kind: "string";
  readonly minLength?: number;
  readonly maxLength?: number;
  /** Must match the whole text. */
  readonly pattern?: RegExp;
  /** The pattern as AWS's message shows it. */
  readonly printedPattern?: string;
  /** No longer text can match the pattern: it is not tried on one. For shapes whose only bound is their pattern. */
  readonly longestMatch?: number;
  readonly enum?: readonly Value[];
  /** The enum's values in the order in which AWS's message lists them. */
  readonly printedOrder?: readonly string[];
}

export interface NumberShape {
  readonly kind: "integer" | "long" | "double";
  readonly min?: number;
  readonly max?: number;
  /** differs from AWS: of an integer. Fractions of one from this on are taken as they are, though `min` is greater. */
  readonly fractionMin?: number;
}

export interface BooleanShape {
  readonly kind: "boolean";
}

export interface BlobShape {
  readonly kind: "blob";
  /** In bytes, after decoding. */
  readonly minLength?: number;
  readonly maxLength?: number;
}

export interface TimestampShape {
  readonly kind: "timestamp";
}

export interface ListShape<Member extends Shape = Shape> {
  readonly kind: "list";
  readonly member: Member;
  readonly minLength?: number;
  readonly maxLength?: number;
}

export interface MapShape<Value extends Shape = Shape> {
  readonly kind: "map";
  readonly key: StringShape;
  readonly value: Value;
  readonly minLength?: number;
  readonly maxLength?: number;
}

export interface StructureShape<Fields extends Members = Members> {
  readonly kind: "structure";
  readonly members: Fields;
}

export type Shape =
  | StringShape
  | NumberShape
  | BooleanShape
  | BlobShape
  | TimestampShape
  | ListShape
  | MapShape
  | StructureShape;

/** A structure's members by their wire name; optional unless wrapped in `required`. */
export interface Members {
  readonly [wireName: string]: Shape & { readonly required?: true };
}

/** The decoded value of a shape, as a handler sees it. */
export type Infer<S> =
  S extends StringShape<infer Value>
    ? Value
    : S extends NumberShape
      ? number
      : S extends BooleanShape
        ? boolean
        : S extends BlobShape
          ? Uint8Array
          : S extends TimestampShape
            ? Date
            : S extends ListShape<infer Member>
              ? readonly Infer<Member>[]
              : S extends MapShape<infer Value>
                ? Readonly<Record<string, Infer<Value>>>
                : S extends StructureShape<infer Fields>
                  ? InferMembers<Fields>
                  : never;

export type InferMembers<Fields> = Flat<
  {
    readonly [
      Name in keyof Fields as Fields[Name] extends { readonly required: true } ? Name : never
    ]: Infer<Fields[Name]>;
  } & {
    readonly [
      Name in keyof Fields as Fields[Name] extends { readonly required: true } ? never : Name
    ]?: Infer<Fields[Name]>;
  }
>;

/** Shows an intersection as one object type in messages and editors. */
type Flat<T> = { [K in keyof T]: T[K] };

interface StringOptions {
  readonly minLength?: number;
  readonly maxLength?: number;
  /** Matched against the whole text; its source is printed unless `printedPattern` says otherwise. */
  readonly pattern?: RegExp | string;
  readonly printedPattern?: string;
  readonly longestMatch?: number;
}

export function string(options?: StringOptions): StringShape;
export function string<const Value extends string>(
  options: StringOptions & {
    readonly enum: readonly Value[];
    readonly printedOrder?: readonly NoInfer<Value>[];
  },
): StringShape<Value>;
export function string(
  options: StringOptions & {
    readonly enum?: readonly string[];
    readonly printedOrder?: readonly string[];
  } = {},
): StringShape {
  const { pattern, ...rest } = options;
  if (pattern === undefined) return { kind: "string", ...rest };
  const source = typeof pattern === "string" ? pattern : pattern.source;
  const flags = typeof pattern === "string" ? "" : pattern.flags;
  return {
    kind: "string",
    printedPattern: source,
    ...rest,
    pattern: new RegExp(`^(?:${source})$`, flags),
  };
}

type Range = Omit<NumberShape, "kind">;

/** 32 bits; fractions are cut off, too large values become the largest. */
export function integer(range: Range = {}): NumberShape {
  return { kind: "integer", ...range };
}

/** 64 bits on the wire; exact up to 2^53 here, which no bound of AWS's exceeds. */
export function long(range: Range = {}): NumberShape {
  return { kind: "long", ...range };
}

export function double(range: Range = {}): NumberShape {
  return { kind: "double", ...range };
}

export function boolean(): BooleanShape {
  return { kind: "boolean" };
}

interface Length {
  readonly minLength?: number;
  readonly maxLength?: number;
}

export function blob(length: Length = {}): BlobShape {
  return { kind: "blob", ...length };
}

export function timestamp(): TimestampShape {
  return { kind: "timestamp" };
}

export function list<Member extends Shape>(member: Member, length: Length = {}): ListShape<Member> {
  return { kind: "list", member, ...length };
}

export function map<Value extends Shape>(
  key: StringShape,
  value: Value,
  length: Length = {},
): MapShape<Value> {
  return { kind: "map", key, value, ...length };
}

export function structure<Fields extends Members>(members: Fields): StructureShape<Fields> {
  return { kind: "structure", members };
}

/** A member that must be present and not null: `DeliveryStreamName: required(string())`. */
export function required<S extends Shape>(shape: S): S & { readonly required: true } {
  return { ...shape, required: true };
}
