/**
 * Creates and removes access keys: `npm run keys -- create [--id ID --secret SECRET] [--policy FILE]`,
 * `npm run keys -- remove --id ID`. Works on the table HYDRANT_STATE_TABLE, with the caller's own AWS credentials.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { parsePolicy } from "../src/auth/policy.ts";
import { systemClock } from "../src/clock.ts";
import { systemRandom } from "../src/random.ts";
import { dynamodbClient } from "../src/storage/clients.ts";
import { dynamodbAccessKeys } from "../src/storage/dynamodb/access-keys.ts";

const USAGE = `usage: npm run keys -- create [--id ID --secret SECRET] [--policy FILE]
       npm run keys -- remove --id ID
       HYDRANT_STATE_TABLE names the table (deployed: hydrant-<stage>-state).`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    id: { type: "string" },
    secret: { type: "string" },
    policy: { type: "string" },
  },
});

const stateTable = process.env["HYDRANT_STATE_TABLE"];
if (!stateTable) fail("HYDRANT_STATE_TABLE must be set");
const keys = dynamodbAccessKeys({ client: dynamodbClient(), stateTable });

switch (positionals[0]) {
  case "create": {
    if ((values.id === undefined) !== (values.secret === undefined)) {
      fail("--id and --secret go together");
    }
    const id = values.id ?? `HYD${randomText(17).toUpperCase()}`;
    const secret = values.secret ?? randomText(40);
    const policy =
      values.policy === undefined
        ? undefined
        : parsePolicy(JSON.parse(readFileSync(values.policy, "utf8")));
    await keys.put({ id, secret, createdAtMs: systemClock.now(), ...(policy && { policy }) });
    // The only time that the secret is shown; what the caller chose is not repeated.
    console.log(values.id ? `access key ${id} created` : `access key ${id}\nsecret     ${secret}`);
    break;
  }
  case "remove": {
    if (values.id === undefined) fail("--id is missing");
    await keys.remove(values.id);
    console.log(`access key ${values.id} removed`);
    break;
  }
  default:
    fail(USAGE);
}

/** Letters and digits only, so that nothing has to be quoted in a shell. */
function randomText(length: number): string {
  let text = "";
  while (text.length < length) {
    text += Buffer.from(systemRandom.bytes(length))
      .toString("base64")
      .replaceAll(/[^a-zA-Z0-9]/g, "");
  }
  return text.slice(0, length);
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}
