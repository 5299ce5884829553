/** Where a handler such as `src/transform.handler` is: the file, and the export in it. */
import { existsSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

export interface Located {
  readonly sourceFile: string;
  /** `handler`, or a path such as `handlers.transform`. */
  readonly exported: string;
}

export const EXTENSIONS = [".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".jsx", ".tsx"];

/**
 * As Lambda reads it, the export begins behind the first dot of the last part; but names of files have dots, too, and
 * `transform.ts` is taken for the file's export `handler`.
 */
export function locateHandler(base: string, handler: string): Located | undefined {
  const whole = resolve(base, handler);
  if (existsSync(whole)) return { sourceFile: whole, exported: "handler" };
  const [directory, name] = [dirname(handler), basename(handler)];
  for (let dot = name.indexOf("."); dot > 0; dot = name.indexOf(".", dot + 1)) {
    const stem = resolve(base, join(directory, name.slice(0, dot)));
    const extension = EXTENSIONS.find((each) => existsSync(stem + each));
    const exported = name.slice(dot + 1);
    if (extension !== undefined && exported !== "") {
      return { sourceFile: stem + extension, exported };
    }
  }
  return undefined;
}
