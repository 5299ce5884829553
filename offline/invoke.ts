/** Invoking a function of Hydrant's own from within the stack, as an event source mapping would. */

export type Invocation =
  | { readonly kind: "returned"; readonly payload: string }
  | { readonly kind: "failed"; readonly message: string };

export type Invoke = (functionName: string, event: unknown) => Promise<Invocation>;
