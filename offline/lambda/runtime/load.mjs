/**
 * The user's handler. What is run is the bundle, under the URL of the file it was made from: `import.meta.url`, the
 * working directory and the packages found from there are as if it had not been bundled.
 */
import { readFileSync } from "node:fs";
import { createRequire, registerHooks } from "node:module";
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";
import { runtimeError } from "./errors.mjs";

/** `handler` is as the user gave it, for messages; `exported` the path to the function in the module. */
export async function loadHandler({ bundle, sourceFile, handler, exported }) {
  const url = pathToFileURL(sourceFile).href;
  registerHooks({
    load: (wanted, context, next) =>
      wanted === url
        ? { format: "module", source: readFileSync(bundle), shortCircuit: true }
        : next(wanted, context),
  });
  // For modules in CommonJS, which are bundled into one that is not.
  globalThis.require = createRequire(url);
  globalThis.__filename = sourceFile;
  globalThis.__dirname = dirname(sourceFile);
  let found = (await importUser(url)).bundled;
  for (const name of exported.split(".")) found = found?.[name];
  if (!found) throw runtimeError("HandlerNotFound", `${handler} is undefined or not exported`);
  if (typeof found !== "function") {
    throw runtimeError("HandlerNotFound", `${handler} is not a function`);
  }
  return found;
}

const NOT_FOUND = new Set(["MODULE_NOT_FOUND", "ERR_MODULE_NOT_FOUND"]);

async function importUser(url) {
  try {
    return await import(url);
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw runtimeError("UserCodeSyntaxError", String(error), error.stack);
    }
    if (NOT_FOUND.has(error?.code)) {
      throw runtimeError("ImportModuleError", String(error), error.stack);
    }
    throw error;
  }
}
