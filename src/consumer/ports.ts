/** The ports of consumers: where mappings are kept, how functions are invoked, and who is told of failures. */
import type { EventSourceMapping, LastResult } from "./mapping.ts";

export interface MappingStore {
  /**
   * The same mapping again is `created`; after its removal it is `removed`, and not made a second time. `exists`: that
   * function has another mapping on that source; its uuid.
   */
  create(
    mapping: EventSourceMapping,
  ): Promise<
    { readonly kind: "created" | "removed" } | { readonly kind: "exists"; readonly uuid: string }
  >;
  get(uuid: string): Promise<EventSourceMapping | undefined>;
  /** How many there are, up to that many. */
  count(limit: number): Promise<number>;
  /** In byte order of their uuids, after `after`, at most `limit`. */
  list(options: {
    readonly after?: string;
    readonly limit: number;
  }): Promise<readonly EventSourceMapping[]>;
  /**
   * Replaces the mapping if its stored revision is still `mapping.revision - 1`. `exists`: the function it names now
   * has another mapping on that source.
   */
  update(
    mapping: EventSourceMapping,
  ): Promise<
    { readonly kind: "updated" | "conflict" } | { readonly kind: "exists"; readonly uuid: string }
  >;
  /** May be repeated. It is known to have been removed for a day after its last change. */
  remove(mapping: EventSourceMapping): Promise<void>;
  lastResult(uuid: string): Promise<LastResult>;
  /** Nothing happens if the mapping is gone. */
  noteResult(uuid: string, result: LastResult): Promise<void>;
}

/** What Lambda says about an invocation that took place; copied into what a failure destination is told. */
export interface InvocationFacts {
  readonly requestId: string;
  readonly statusCode: number;
  /** `$LATEST`, or a version's number. */
  readonly executedVersion: string;
}

export type BatchResult =
  /** The function returned; `payload` is its JSON text. */
  | { readonly kind: "returned"; readonly payload: string; readonly facts: InvocationFacts }
  /** It threw, exited or timed out; `functionError` is Lambda's word, such as `Unhandled`. */
  | {
      readonly kind: "failed";
      readonly functionError: string;
      readonly message: string;
      readonly facts: InvocationFacts;
    }
  /** Lambda did not run it: throttled, not there, not reached. Such attempts do not count. */
  | { readonly kind: "refused"; readonly code: string; readonly message: string };

export interface BatchInvoker {
  /** Runs the function once with that JSON text; at most 15 minutes. */
  invoke(functionArn: string, payload: string): Promise<BatchResult>;
}

/** Where batches that were given up are reported; durable once the promise resolves. */
export interface FailureDestination {
  /**
   * @param document the text for a queue
   * @param object key and text for a bucket; writing one that stands there already changes nothing
   */
  report(
    destinationArn: string,
    failure: {
      readonly document: string;
      readonly object: { readonly key: string; readonly body: string };
    },
  ): Promise<void>;
}

/** Work that a change of a mapping leaves behind, for the function that has the time. */
export interface MappingQueue {
  /** Asks for the mapping's readers to be opened, changed or removed, as its status says. */
  send(uuid: string): Promise<void>;
}
