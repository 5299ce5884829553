/**
 * A process of its own that builds functions and ends, for the bundler keeps hundreds of megabytes as long as it lives.
 * Its argument are esbuild's options; what is wrong with the sources goes to the standard error, as text.
 */
import { build } from "esbuild";

try {
  await build({ ...JSON.parse(process.argv[2]), logLevel: "silent" });
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
