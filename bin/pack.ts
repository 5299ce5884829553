/**
 * `npm run pack`: what users install beside their own code, as tarballs: JavaScript with its types, built from the
 * sources of this checkout, with no more than it needs. Prints where they lie.
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type BuildOptions } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const [target = "packages"] = process.argv.slice(2);
if (target.startsWith("-")) {
  console.log("usage: npm run pack [-- FOLDER]   builds the tarballs, into FOLDER (packages/)");
  process.exit(target === "--help" ? 0 : 1);
}
const destination = resolve(target);
mkdirSync(destination, { recursive: true });

const common: BuildOptions = {
  bundle: true,
  platform: "node",
  target: "node20",
  absWorkingDir: root,
};

await packed("deaggregate", async (dist) => {
  const entryPoints = ["src/streams/deaggregate.ts"];
  const library: BuildOptions = { ...common, entryPoints, packages: "external" };
  await build({ ...library, format: "esm", outfile: join(dist, "deaggregate.js") });
  await build({ ...library, format: "cjs", outfile: join(dist, "deaggregate.cjs") });
  emitTypes("src/streams/deaggregate.ts", dist);
});

await packed("cli", async (dist) => {
  await build({
    ...common,
    entryPoints: ["bin/hydrant/main.ts"],
    format: "esm",
    minify: true,
    keepNames: true,
    outfile: join(dist, "hydrant.js"),
    banner: {
      // Some dependencies are CommonJS.
      js: '#!/usr/bin/env node\nimport { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
  });
});

async function packed(name: string, fill: (dist: string) => Promise<void>): Promise<void> {
  const folder = join(root, "packages", name);
  const dist = join(folder, "dist");
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist);
  await fill(dist);
  cpSync(join(root, "LICENSE"), join(folder, "LICENSE"));
  const options = { cwd: folder, encoding: "utf8" } as const;
  const printed = execFileSync(
    "npm",
    ["pack", "--json", "--pack-destination", destination],
    options,
  );
  const [{ filename, size }] = JSON.parse(printed) as [{ filename: string; size: number }];
  console.log(`${join(destination, filename)}  ${Math.ceil(size / 1024)} KiB`);
}

function emitTypes(source: string, outDir: string): void {
  const tsc = createRequire(import.meta.url).resolve("typescript/package.json");
  const flags = ["--ignoreConfig", "--declaration", "--emitDeclarationOnly", "--skipLibCheck"];
  const modules = ["--module", "nodenext", "--target", "es2024", "--allowImportingTsExtensions"];
  const program = join(tsc, "..", "bin", "tsc");
  const args = [program, ...flags, ...modules, "--types", "node", "--outDir", outDir, source];
  execFileSync(process.execPath, args, { cwd: root, stdio: "inherit" });
}
