/**
 * A process of its own that builds functions and ends, for the bundler keeps hundreds of megabytes as long as it lives.
 * Its argument is a list of esbuild's options; what is wrong with the sources goes to the standard error, as text.
 */
import { build } from "esbuild";

try {
  for (const options of JSON.parse(process.argv[2])) {
    await build({ ...options, logLevel: "silent" });
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
