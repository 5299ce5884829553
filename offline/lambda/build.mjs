/**
 * A process of its own that bundles one function and ends, for a bundler that stays keeps hundreds of megabytes. Its
 * argument says what to bundle; it prints which files went into it and what was missing, or what is wrong with them.
 *
 * What cannot be found is no reason not to build: it is missed where it is imported, when it is run, as on Lambda.
 */
import { isBuiltin } from "node:module";
import { dirname, isAbsolute, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const { sourceFile, bundle } = JSON.parse(process.argv[2]);

/** Lambda's runtime brings these; Hydrant has some of them for itself. */
const OF_THE_RUNTIME = /^@(aws-sdk|smithy)\//;
const OWN_DIR = dirname(fileURLToPath(import.meta.url));

const SEEN = Symbol("seen");

/** What was not found, and from which file. */
const missing = [];

const lambdaPackages = {
  name: "lambda-packages",
  setup({ onLoad, onResolve, resolve: find }) {
    onResolve({ filter: /.*/ }, async (asked) => {
      const { path, kind, importer, pluginData } = asked;
      if (pluginData === SEEN || kind === "entry-point" || isBuiltin(path)) return undefined;
      // Between the files of a package all is as it was published.
      const isInPackage = importer.includes("/node_modules/");
      if (isInPackage && path.startsWith(".") && !path.endsWith(".node")) return undefined;
      const { namespace, resolveDir, with: attributes } = asked;
      const how = { kind, importer, namespace, with: attributes, pluginData: SEEN };
      const found = await find(path, { ...how, resolveDir });
      if (found.errors.length === 0) return asFound(found);
      if (OF_THE_RUNTIME.test(path)) {
        const own = await find(path, { ...how, resolveDir: OWN_DIR });
        if (own.errors.length === 0) return asFound(own);
      }
      // Without a file's extension, or it would be taken for the kind of module that has it.
      const name = `${path} of ${importer}:`;
      missing.push({ path, importer });
      return { path: name, namespace: "missing", pluginData: notFound(path, importer) };
    });
    onLoad({ filter: /.*/, namespace: "missing" }, ({ pluginData: message }) => ({
      contents: `module.exports = {};
throw Object.assign(new Error(${JSON.stringify(message)}), { code: "MODULE_NOT_FOUND" });`,
      loader: "js",
    }));
  },
};

/** What is compiled for the machine cannot be bundled; it is loaded from where it is. */
function asFound({ path, external, namespace, sideEffects, suffix }) {
  if (path.endsWith(".node")) return { path, external: true };
  return { path, external, namespace, sideEffects, suffix };
}

function notFound(path, importer) {
  const hint = OF_THE_RUNTIME.test(path)
    ? `\nLambda's runtime has this package, Hydrant does not: install it beside the function.`
    : "";
  return `Cannot find module '${path}'\nRequire stack:\n- ${importer}${hint}`;
}

const directory = dirname(sourceFile);
try {
  const { metafile } = await build({
    stdin: {
      contents: `export * as bundled from ${JSON.stringify(sourceFile)};`,
      resolveDir: directory,
      sourcefile: "hydrant-entry.mjs",
    },
    absWorkingDir: directory,
    outfile: bundle,
    bundle: true,
    format: "esm",
    platform: "node",
    target: `node${process.versions.node}`,
    keepNames: true,
    sourcemap: "inline",
    sourcesContent: false,
    metafile: true,
    logLevel: "silent",
    plugins: [lambdaPackages],
  });
  print({ files: Object.keys(metafile.inputs).flatMap(asFile), missing });
} catch (error) {
  if (error.errors === undefined) throw error;
  print({ problems: error.errors.map(problemOf) });
}

/** Inputs of other namespaces are `missing:…`. */
function asFile(input) {
  const file = isAbsolute(input) ? input : resolve(directory, input);
  return /^[a-z-]+:/.test(input) || input === "hydrant-entry.mjs" ? [] : [file];
}

function problemOf({ text, location }) {
  if (location === null) return { text };
  const { file, line, column } = location;
  return { text, file: resolve(directory, file), at: `${line}:${column + 1}` };
}

function print(result) {
  process.stdout.write(JSON.stringify(result));
}
