/**
 * The code of a user's function, bundled anew whenever a file that went into it has changed. Whoever asks for it while it is
 * bundled waits for the same; a function that cannot be bundled fails its own invocations, with Lambda's errors.
 */
import { execFile } from "node:child_process";
import { mkdirSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { EXTENSIONS, locateHandler } from "./handler.ts";
import type { FunctionError } from "./outcome.ts";

export interface BuiltCode {
  /** The bundle. */
  readonly bundle: string;
  readonly sourceFile: string;
  /** As the user gave it: `transform.handler`. */
  readonly handler: string;
  readonly exported: string;
}

export type Build = BuiltCode | { readonly problem: FunctionError };

export interface CodeOptions {
  readonly name: string;
  readonly handler: string;
  /** What `handler` is relative to. */
  readonly baseDir: string;
  /** Where bundles are put. */
  readonly outDir: string;
  /** Hears why it cannot be built, once as long as the reason is the same. */
  onProblem(problem: FunctionError): void;
}

export interface Code {
  /** Of the files as they are now. */
  current(): Promise<Build>;
}

/** The bundler itself may fail, and no file tells when it would not. */
const RETRY_AFTER_MS = 1000;
const CLOCK_TICK_MS = 10;

export function userCode(options: CodeOptions): Code {
  let built: Made | undefined;
  let building: Promise<Made> | undefined;
  let count = 0;
  let told = "";
  const tell = (build: Build) => {
    const problem = "problem" in build ? build.problem : undefined;
    const text = JSON.stringify(problem) ?? "";
    if (problem !== undefined && text !== told) options.onProblem(problem);
    told = text;
  };
  return {
    async current() {
      if (built !== undefined && isCurrent(built)) return built.build;
      if (building === undefined) return (await start()).build;
      const joined = await building;
      // It may have read a file before the edit that this caller comes after.
      return isCurrent(joined) ? joined.build : (await (building ?? start())).build;
    },
  };

  function start(): Promise<Made> {
    building = make(options, ++count)
      .then((made) => {
        built = made;
        tell(made.build);
        return made;
      })
      .finally(() => (building = undefined));
    return building;
  }
}

interface Made {
  readonly build: Build;
  /** What the files were when they were read. */
  readonly stamps: ReadonlyMap<string, string>;
  readonly madeAtMs: number;
}

function isCurrent({ build, stamps, madeAtMs }: Made): boolean {
  for (const [file, stamp] of stamps) if (stampOf(file) !== stamp) return false;
  return !("problem" in build) || performance.now() - madeAtMs < RETRY_AFTER_MS;
}

async function make(options: CodeOptions, count: number): Promise<Made> {
  const { name, handler, baseDir, outDir } = options;
  const located = locateHandler(baseDir, handler);
  if (located === undefined) {
    const errorMessage = `Error: Cannot find module '${join(baseDir, handler)}'`;
    // Looked for each time.
    return { ...without("Runtime.ImportModuleError", errorMessage, []), madeAtMs: -Infinity };
  }
  const { sourceFile } = located;
  mkdirSync(outDir, { recursive: true });
  const bundle = join(outDir, `${name}-${count}.mjs`);
  const startedAtMs = Date.now();
  const result = await runBuild({ sourceFile, bundle });
  const files =
    "files" in result ? filesOf(result) : result.problems.flatMap(({ file }) => file ?? []);
  const stamps = new Map(
    [sourceFile, ...files].map((file) => [
      file,
      // What was written while it was read counts as changed.
      isWithin(modifiedAtMs(file), startedAtMs, Date.now()) ? "" : stampOf(file),
    ]),
  );
  if ("problems" in result) return { ...syntaxError(result.problems), stamps };
  return {
    build: { bundle, handler, ...located },
    stamps,
    madeAtMs: performance.now(),
  };
}

/** What is installed changes by installing; looking at thousands of files for each invocation would cost more. */
function isOwn(file: string): boolean {
  return !file.includes("/node_modules/");
}

interface Problem {
  readonly text: string;
  readonly file?: string;
  /** Line and column: `3:14`. */
  readonly at?: string;
}

interface Bundled {
  readonly files: readonly string[];
  readonly missing: readonly { readonly path: string; readonly importer: string }[];
}

type BuildResult = Bundled | { readonly problems: readonly Problem[] };

const BUILD = fileURLToPath(new URL("build.mjs", import.meta.url));
const OUTPUT_MAX_BYTES = 64 * 1024 * 1024;

function runBuild(what: { sourceFile: string; bundle: string }): Promise<BuildResult> {
  return new Promise((done) => {
    const args = [BUILD, JSON.stringify(what)];
    execFile(process.execPath, args, { maxBuffer: OUTPUT_MAX_BYTES }, (error, stdout, stderr) => {
      if (error === null) done(JSON.parse(stdout) as BuildResult);
      else done({ problems: [{ text: stderr.trim() || error.message }] });
    });
  });
}

/** What may change, or come to be where it was missing. */
function filesOf({ files, missing }: Bundled): readonly string[] {
  return [
    ...files.filter(isOwn),
    ...missing.flatMap(({ path, importer }) => placesOf(path, dirname(importer))),
  ];
}

/** Where a module is looked for: `./names` is `names.ts`, and a package is in any `node_modules` above. */
function placesOf(path: string, directory: string): readonly string[] {
  if (/^\.{0,2}\//.test(path)) {
    const whole = resolve(directory, path);
    return [whole, ...EXTENSIONS.map((extension) => whole.replace(/\.[cm]?js$/, "") + extension)];
  }
  const name = path.split("/", path.startsWith("@") ? 2 : 1).join("/");
  const here = join(directory, "node_modules", name);
  const above = dirname(directory);
  return above === directory ? [here] : [here, ...placesOf(path, above)];
}

function syntaxError(problems: readonly Problem[]): Omit<Made, "stamps"> {
  const trace = problems.map(({ text, file, at }) =>
    file === undefined ? text : `${file}:${at}: ${text}`,
  );
  const message = `SyntaxError: ${problems[0]?.text ?? "it cannot be bundled"}`;
  return without("Runtime.UserCodeSyntaxError", message, trace);
}

function without(errorType: string, errorMessage: string, details: readonly string[]): Made {
  const trace = [`${errorType}: ${errorMessage}`, ...details];
  return {
    build: { problem: { errorType, errorMessage, trace } },
    stamps: new Map(),
    madeAtMs: performance.now(),
  };
}

function modifiedAtMs(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** A file's clock lags behind by a tick; and a time to come is no news of today. */
function isWithin(timeMs: number, fromMs: number, toMs: number): boolean {
  return timeMs >= fromMs - CLOCK_TICK_MS && timeMs <= toMs;
}

function stampOf(file: string): string {
  const { mtimeMs, size } = statSync(file, { throwIfNoEntry: false }) ?? {};
  return `${mtimeMs}/${size}`;
}
