/**
 * jq as delivery needs it. Whoever creates a delivery stream writes its programs, and whoever puts records their
 * input: one that never ends or that eats memory costs seconds at most, and no other input's result.
 */

export type JqResult =
  /** All that the program gave for the input. */
  | { readonly kind: "outputs"; readonly values: readonly unknown[] }
  /** What the program raised; its sentence, as a rule. */
  | { readonly kind: "error"; readonly error: unknown }
  /** jq gave up, or the program made it end; `message` is what it printed, possibly nothing. */
  | { readonly kind: "ended"; readonly message: string }
  /** It was stopped. */
  | { readonly kind: "stopped"; readonly reason: "time" | "memory" };

export interface JqRun {
  /** In jq 1.6's language, and found to compile. */
  readonly program: string;
  /** JSON texts, each on a line. */
  readonly inputs: readonly string[];
  /** What `now` answers, so that a run which is repeated answers the same. */
  readonly nowMs: number;
}

export interface JqEngine {
  /** What jq says against the program: `jq: error: syntax error, …`; `undefined` when it compiles. */
  check(program: string): Promise<string | undefined>;
  /** One result for each input, in their order. Calls wait for each other. */
  run(run: JqRun): Promise<readonly JqResult[]>;
  /** Frees what is held; the engine may be used again. */
  close(): Promise<void>;
}
