/** What is thrown, as Lambda's runtime for Node describes it: anything may be thrown, and all of it is an error. */
import { types } from "node:util";

/**
 * An error that the runtime itself reports, under a name such as `Runtime.HandlerNotFound`; `stack` is that of what it
 * reports, if there is any.
 */
export function runtimeError(name, message, stack = "") {
  const error = new Error(message);
  error.name = `Runtime.${name}`;
  const frames = stack.split("\n").filter((line) => /^\s+at /.test(line));
  error.stack = [`${error.name}: ${message}`, ...frames].join("\n");
  return error;
}

/** Long enough for any message; an error must fit into an answer. */
const MAX_LENGTH = 256 * 1024;
const cut = (text) => String(text).slice(0, MAX_LENGTH);

export function describe(thrown) {
  // What `context.fail()` means without a reason.
  const reason = thrown ?? "handled";
  try {
    if (types.isNativeError(reason) || looksLikeError(reason)) {
      return {
        errorType: cut(reason.name),
        errorMessage: cut(reason.message),
        trace: cut(reason.stack).split("\n"),
      };
    }
    return { errorType: typeof reason, errorMessage: cut(reason.toString()), trace: [] };
  } catch {
    return {
      errorType: "handled",
      errorMessage:
        "callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack",
    };
  }
}

/** Of another realm, or of a class that does without `Error`. */
function looksLikeError(value) {
  return [value.name, value.message, value.stack].every(
    (member) => typeof member === "string" && member !== "",
  );
}

export function unhandledRejection(reason) {
  const { errorType, errorMessage, trace } = describe(reason);
  const text = types.isNativeError(reason) ? `${errorType}: ${errorMessage}` : errorMessage;
  return runtimeError("UnhandledPromiseRejection", text, trace?.join("\n"));
}
