/**
 * Seals the secrets that a local stack's state table holds in clear from before it had a key to seal them with.
 * Run by `npm start` when there may be any; works on HYDRANT_STATE_TABLE with the key in HYDRANT_SEAL_KEY_FILE.
 */
import { systemRandom } from "../src/random.ts";
import { dynamodbClient } from "../src/storage/clients.ts";
import { sealClearSecrets } from "../src/storage/dynamodb/sealed.ts";
import { sealFromFile } from "../src/storage/seal.ts";

const { HYDRANT_STATE_TABLE: stateTable, HYDRANT_SEAL_KEY_FILE: file } = process.env;
const seal = sealFromFile(file, systemRandom);
if (!stateTable || seal === undefined) {
  throw new Error("HYDRANT_STATE_TABLE and HYDRANT_SEAL_KEY_FILE must be set");
}
const count = await sealClearSecrets({ client: dynamodbClient(), stateTable, seal });
console.log(`${count} secrets sealed`);
