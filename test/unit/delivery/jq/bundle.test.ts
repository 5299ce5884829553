import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { expect, it } from "vitest";
import { systemClock } from "../../../../src/clock.ts";

const root = fileURLToPath(new URL("../../../..", import.meta.url));

it("jq runs from a bundle of one file as well, minified as functions are", async () => {
  // Beside the packages, as a bundle has them on its way up.
  mkdirSync(join(root, "node_modules/.cache"), { recursive: true });
  const folder = mkdtempSync(join(root, "node_modules/.cache/hydrant-bundle-"));
  try {
    const outfile = join(folder, "deliver.mjs");
    await build({
      entryPoints: [join(root, "src/delivery/jq/worker-engine.ts")],
      outfile,
      bundle: true,
      minify: true,
      keepNames: true,
      format: "esm",
      platform: "node",
      target: "node24",
    });
    const { workerJq } = await import(pathToFileURL(outfile).href);
    const jq = workerJq({ clock: systemClock });
    const run = { program: '{a: strftime("%Y %k %Z")}', inputs: ["1565382027"], nowMs: 0 };
    expect(await jq.run(run)).toEqual([{ kind: "outputs", values: [{ a: "2019 20 UTC" }] }]);
    await jq.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
