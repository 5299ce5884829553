/**
 * AWS's SDK for Java, whose clients speak CBOR and do not say that they accept it: the synchronous ones over HTTP/1.1,
 * the asynchronous one over HTTP/2. Where API Gateway gathers answers they must fail, as they do on AWS. Needs Java 17
 * and Maven.
 */
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { startStack } from "../../helpers/stack-process.ts";
import { javaLibraries } from "../java.ts";

const HERE = import.meta.dirname;
const libraries = javaLibraries("java", HERE);

/** The client's name says whether it reads what it is answered. */
async function run(environment: NodeJS.ProcessEnv, clients: Readonly<Record<string, boolean>>) {
  const stack = await startStack({ environment });
  const results: boolean[] = [];
  try {
    for (const [client, succeeds] of Object.entries(clients)) {
      const { status, stdout, stderr } = spawnSync(
        "java",
        ["-cp", libraries, join(HERE, "Kinesis.java"), stack.apiEndpoint, client],
        { encoding: "utf8" },
      );
      console.log(stdout.trimEnd());
      const problem = /^.*(?:Exception|Error): .*$/m.exec(stderr)?.[0] ?? stderr;
      if (status !== 0) console.log(`${client}: ${problem}`);
      // Nothing else may be what it fails for.
      const failedAsOnAws = status !== 0 && /Unable to (?:parse|unmarshall)/i.test(stderr);
      results.push(succeeds ? status === 0 : failedAsOnAws);
    }
  } finally {
    await stack.stop();
    rmSync(stack.dataDir, { recursive: true, force: true });
  }
  return results.every(Boolean);
}

console.log("-- answers are streamed");
const isGood = await run({}, { apache: true, "url-connection": true, netty: true });
console.log("-- answers are gathered: no client of Java's can read them");
const isBad = await run(
  { HYDRANT_RESPONSES: "BUFFERED" },
  { apache: false, "url-connection": false },
);
process.exit(isGood && isBad ? 0 : 1);
