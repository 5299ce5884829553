/**
 * What bundles the functions for AWS, as the framework's plugin. The local stack builds its own (`builds.ts`) and does
 * without: the plugin alone holds 150 MB.
 *
 * Source maps are three quarters of what the bundler writes, and a function would read them at each start. So they stay out
 * of the zips, and lie beside them, under `source-maps/`, for whoever reads a trace (`bin/read-trace.ts`).
 */
import { cpSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

class NoBundling {}

const isOffline = process.argv[2] === "offline";
const require = createRequire(import.meta.url);

/** Of the folder that the framework keeps what it packaged in. */
const PACKAGED = ".serverless";
const MAPS = "source-maps";

const withMapsBeside = (Bundling) =>
  class extends Bundling {
    constructor(...framework) {
      super(...framework);
      const { pack } = this;
      this.pack = () => {
        this.putMapsAside();
        return pack();
      };
    }

    putMapsAside() {
      for (const map of readdirSync(this.buildDirPath, { recursive: true })) {
        if (!map.endsWith(".mjs.map")) continue;
        const written = join(this.buildDirPath, map);
        cpSync(written, join(this.workDirPath, PACKAGED, MAPS, map));
        rmSync(written);
      }
    }
  };

export default isOffline ? NoBundling : withMapsBeside(require("serverless-esbuild"));
