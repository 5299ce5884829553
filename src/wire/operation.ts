/**
 * Operations and the tables they stand in. `operation()` ties a handler's argument to its input shape;
 * `defineService()` makes a table that lists every method of an SDK client, so that a missing row does not
 * compile and an operation we leave out is a row too, with its reason.
 */
import type { ServiceError } from "../errors.ts";
import type { InferMembers, Members, StructureShape } from "./shape.ts";
import { structure } from "./shape.ts";

/** An operation's output: AWS's members; `undefined` or `{}` where the operation has no output. */
export type Output = object | undefined | void;

export interface OperationDefinition<Fields extends Members, Context, Out extends Output> {
  readonly input: Fields;
  /**
   * The ARN the operation acts on, for the caller's policy; absent: `*`, as for lists. What a token names counts, not
   * what the caller says beside it.
   */
  resource?(input: InferMembers<Fields>, context: Context): string | Promise<string>;
  /**
   * What else the caller must be allowed to do, for the operation does it in the caller's place. Asked for once the
   * caller is allowed the operation itself.
   */
  implies?(input: InferMembers<Fields>, context: Context): Rights;
  handle(input: InferMembers<Fields>, context: Context): Promise<Out>;
}

export interface Right {
  /** `kinesis:GetRecords` */
  readonly action: string;
  readonly resource: string;
}

type Rights = readonly Right[] | Promise<readonly Right[]>;

export interface Operation<Context, Fields extends Members, Out extends Output> {
  readonly kind: "operation";
  readonly input: StructureShape<Fields>;
  resource?(input: InferMembers<Fields>, context: Context): string | Promise<string>;
  implies?(input: InferMembers<Fields>, context: Context): Rights;
  handle(input: InferMembers<Fields>, context: Context): Promise<Out>;
}

/** An operation in a table, its input's type forgotten: only the decoder that used its shape may call it. */
export interface AnyOperation<Context> {
  readonly kind: "operation";
  readonly input: StructureShape;
  resource?(input: unknown, context: Context): string | Promise<string>;
  implies?(input: unknown, context: Context): Rights;
  handle(input: unknown, context: Context): Promise<Output>;
}

/**
 * ```ts
 * export const describeDeliveryStream = operation({
 *   input: { DeliveryStreamName: required(string({ minLength: 1, maxLength: 64 })) },
 *   resource: ({ DeliveryStreamName }, context: OperationContext) => deliveryStreamArn(context, DeliveryStreamName),
 *   async handle({ DeliveryStreamName }, { deliveryStreams }: OperationContext) { … },
 * });
 * ```
 */
export function operation<Fields extends Members, Context, Out extends Output>(
  definition: OperationDefinition<Fields, Context, Out>,
): Operation<Context, Fields, Out> {
  return { kind: "operation", ...definition, input: structure(definition.input) };
}

/** An operation of AWS's that is left out. */
export interface NotOffered {
  readonly kind: "notOffered";
  readonly reason: string;
}

/** `reason` ends the sentence "<Operation> is not offered by Hydrant: …". */
export function notOffered(reason: string): NotOffered {
  return { kind: "notOffered", reason };
}

/** What an SDK client has beside its operations. */
type ClientMachinery =
  | "Config"
  | "Destroy"
  | "InitConfig"
  | "Initialized"
  | "MiddlewareStack"
  | "Send"
  | `Paginate${string}`
  | `WaitUntil${string}`;

/** The operation names of an SDK client: `putRecord` is `PutRecord`. */
export type OperationName<Client> = Exclude<Capitalize<keyof Client & string>, ClientMachinery>;

/** A row per operation of `Client`, and per `Newer` one: what AWS has and the client's release does not know yet. */
export type ServiceTable<Client, Context, Newer extends string = never> = {
  readonly [Name in OperationName<Client> | Newer]: AnyOperation<Context> | NotOffered;
};

/** How a service's front end behaves where AWS's services differ. */
export interface ServiceTraits {
  /** As in headings: `Amazon Data Firehose`. */
  readonly title: string;
  /** Before the dot in `X-Amz-Target`: `Firehose_20150804`. */
  readonly targetPrefix: string;
  /** SigV4's service name, and the prefix of actions in policies: `firehose`. */
  readonly signingName: string;
  /** What an operation without output answers: `{}` or no body at all. */
  readonly emptyOutput: "object" | "nothing";
  /** In what a request without a body is refused: JSON, unless CBOR is said here and JSON 1.1 by the request. */
  readonly emptyBodyEncoding?: "json" | "cbor";
  /** Whether a ValidationException shows the refused value of a text or number. */
  readonly violationValue: "omitted" | "printed";
  /** What a caller is told whose key has sent more than it may; absent: ThrottlingException, which every SDK repeats. */
  readonly rateExceeded?: (operation: string) => ServiceError;
}

export interface Service<Context> extends ServiceTraits {
  readonly operations: ReadonlyMap<string, AnyOperation<Context> | NotOffered>;
  /** Sentences for the documentation: where we differ from AWS. */
  readonly differences: readonly Difference[];
}

/** One place where Hydrant does not do what AWS does. */
export interface Difference {
  /** What it is about, a few words: `Stream status`. */
  readonly about: string;
  readonly aws: string;
  readonly hydrant: string;
}

/** `defineService<Firehose, OperationContext>({ … })`, with `Firehose` imported as a type from the SDK. */
export function defineService<Client, Context, Newer extends string = never>(
  service: ServiceTraits & {
    readonly operations: ServiceTable<Client, Context, Newer>;
    readonly differences?: readonly Difference[];
  },
): Service<Context> {
  return {
    ...service,
    operations: new Map(Object.entries<AnyOperation<Context> | NotOffered>(service.operations)),
    differences: service.differences ?? [],
  };
}
