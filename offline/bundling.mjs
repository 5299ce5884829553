/**
 * What bundles the functions for AWS, as the framework's plugin. The local stack builds its own (`builds.ts`) and does
 * without: the plugin alone holds 150 MB.
 */
import { createRequire } from "node:module";

class NoBundling {}

const isOffline = process.argv[2] === "offline";
const require = createRequire(import.meta.url);

export default isOffline ? NoBundling : require("serverless-esbuild");
