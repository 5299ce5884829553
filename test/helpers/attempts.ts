/** Calls that an SDK sends again: answers that get lost on the way, and attempts of a test's own making. */

// oxlint-disable-next-line typescript/no-explicit-any
type Any = any;

interface AnyCommand {
  readonly middlewareStack: { addRelativeTo(middleware: Any, options: Any): void };
}

/** The command, as attempt `number` of the call with that invocation id. */
export function asAttempt<Command extends AnyCommand>(
  command: Command,
  number: number,
  id: string,
): Command {
  command.middlewareStack.addRelativeTo(
    (next: Any) => (args: { readonly request: { readonly headers: Record<string, string> } }) => {
      args.request.headers["amz-sdk-invocation-id"] = id;
      args.request.headers["amz-sdk-request"] = `attempt=${number}; max=3`;
      return next(args);
    },
    // Which writes the same headers; the signature comes behind.
    { relation: "after", toMiddleware: "retryMiddleware" },
  );
  return command;
}

interface AnyClient {
  readonly config: { readonly requestHandler: { handle(...args: Any[]): Promise<Any> } };
}

/** Every call reaches the stack and is answered, but the first `count` answers never reach the client. */
export function loseAnswers({ config: { requestHandler } }: AnyClient, count: number): void {
  const handle = requestHandler.handle.bind(requestHandler);
  let left = count;
  requestHandler.handle = async (...args) => {
    const answer = await handle(...args);
    if (left === 0) return answer;
    left--;
    throw Object.assign(new Error("the connection broke"), { code: "ECONNRESET" });
  };
}
