/**
 * One invocation: the handler with its event, its context and its callback, and the one outcome that counts. As on
 * Lambda, whichever comes first: the callback or one of the context's, the promise, or an event loop with nothing left.
 */
import { runtimeError } from "./errors.mjs";

const UNSETTLED =
  "The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a Promise that was never settled. For more information, see https://nodejs.org/docs/latest/api/process.html#exit-codes";

/**
 * Calls `done` once, with `{ result }` or `{ error }`; answers what is to be called when the event loop has nothing
 * left to do.
 */
export function invoke(handler, event, facts, done) {
  let isOver = false;
  let whenEmpty = () => succeed(null);
  const once =
    (act) =>
    (...args) => {
      if (isOver) return;
      isOver = true;
      whenEmpty = () => {};
      act(...args);
    };
  const { deadlineMs, ...known } = facts;
  const finish = once((outcome) => done(outcome));
  const fail = (error) => finish({ error });
  const succeed = (result) => finish({ result });
  const context = {
    callbackWaitsForEmptyEventLoop: true,
    succeed,
    fail,
    done: (error, result) => (isNothing(error) ? succeed(result) : fail(error)),
    ...known,
    getRemainingTimeInMillis: () => deadlineMs - Date.now(),
  };
  let isCalledBack = false;
  const callback = (error, result) => {
    if (isCalledBack || isOver) return;
    isCalledBack = true;
    if (!isNothing(error)) fail(error);
    else if (context.callbackWaitsForEmptyEventLoop) whenEmpty = () => succeed(result);
    else succeed(result);
  };
  try {
    const returned = handler(event, context, callback);
    if (typeof returned?.then === "function") {
      whenEmpty = () => fail(runtimeError("NodeJsExit", UNSETTLED));
      returned.then(succeed, fail);
    }
  } catch (error) {
    fail(error);
  }
  return () => whenEmpty();
}

const isNothing = (error) => error === undefined || error === null;
