/** What declared resources have become, by the stack and the name they are declared under, in a small file. */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Entry } from "./template.ts";

export interface Made {
  readonly type: string;
  /** It stays when it is declared no longer. */
  readonly isRetained: boolean;
  /** Absent until it was made. */
  readonly entry?: Entry;
  /** What was declared of it when it was made or changed last; comes with the request to remove it. */
  readonly properties?: unknown;
  /** Whose answer is not known. */
  readonly request?: MadeRequest;
}

/** Sent again under the same id it makes nothing twice. */
export interface MadeRequest {
  readonly id: string;
  readonly properties: unknown;
}

export interface DeclaredStore {
  get(stack: string, id: string): Made | undefined;
  madeBy(stack: string): readonly (readonly [string, Made])[];
  note(stack: string, id: string, made: Made): void;
  forget(stack: string, id: string): void;
}

type Content = Record<string, Record<string, Made>>;

/** Without a file it lasts as long as the process. */
export function openDeclaredStore(file?: string): DeclaredStore {
  const content = file === undefined ? {} : read(file);
  const save = () => {
    if (file === undefined) return;
    writeFileSync(`${file}.new`, JSON.stringify(content, null, 2));
    renameSync(`${file}.new`, file);
  };
  return {
    get: (stack, id) => content[stack]?.[id],
    madeBy: (stack) => Object.entries(content[stack] ?? {}),
    note(stack, id, made) {
      (content[stack] ??= {})[id] = made;
      save();
    },
    forget(stack, id) {
      delete content[stack]?.[id];
      save();
    },
  };
}

function read(file: string): Content {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Content;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw new Error(`${file} cannot be read; it says what declared resources became`, {
      cause: error,
    });
  }
}
