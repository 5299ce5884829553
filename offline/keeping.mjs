/**
 * What the framework is not left to do alone with a deployment that holds records: plain JavaScript for whatever Node the
 * framework runs in, and nothing of it but hooks where the stack runs on a laptop.
 *
 * - A stack with records that wait is not removed, unless that is said (`waitingRecords=leave`); what is kept is told.
 * - The tables of a first deployment are protected from being deleted once it is done, so that one that fails takes them
 *   back and can be repeated. Tables that a removed stack has left are met with a sentence, before anything is made.
 */
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const LAUNCHER = fileURLToPath(new URL("../bin/hydrant.mjs", import.meta.url));
const TABLES = ["LogTable", "StateTable"];

/** The framework's own clients: of services that Hydrant has no use for. */
const requireOfFramework = createRequire(
  createRequire(import.meta.url).resolve("serverless/package.json"),
);

export default class Keeping {
  constructor(serverless, _options, { log } = {}) {
    this.serverless = serverless;
    this.say = (text) => (log === undefined ? console.log(text) : log.notice(text));
    this.unprotected = [];
    this.hooks = {};
    const { commands } = serverless.processedInput;
    if (commands[0] === "deploy" && commands.length === 1) {
      this.hooks = {
        "before:package:finalize": () => this.lookForTables(),
        "after:deploy:deploy": () => this.protectTables(),
      };
    }
    if (commands[0] === "remove") {
      this.hooks = {
        "before:remove:remove": () => this.refuseWhileRecordsWait(),
        "after:remove:remove": () => this.tellWhatIsKept(),
      };
    }
  }

  get stackName() {
    return this.provider.naming.getStackName();
  }

  get provider() {
    return this.serverless.getProvider("aws");
  }

  /** What `custom.keeping` of serverless.yml makes of the parameters. */
  get settings() {
    return this.serverless.service.custom.keeping;
  }

  /** Those that a template makes, by their logical ids. */
  get tables() {
    const { Resources } = this.serverless.service.resources;
    return TABLES.map((id) => [id, Resources[id].Properties]);
  }

  async lookForTables() {
    for (const [id, properties] of this.tables) {
      if (!properties.DeletionProtectionEnabled) continue;
      const { TableName: name } = properties;
      if (!(await this.stands(name))) {
        properties.DeletionProtectionEnabled = false;
        this.unprotected.push(name);
      } else if (!(await this.isOfStack(id))) {
        throw new this.serverless.classes.Error(leftTable(name, this.stackName));
      }
    }
  }

  async protectTables() {
    const { UpdateTableCommand } = await import("@aws-sdk/client-dynamodb");
    const client = await this.dynamodb();
    try {
      for (const TableName of this.unprotected) {
        await client.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: true }));
      }
    } catch (error) {
      this.say(
        `The tables are not protected from being deleted yet (${error.message}); the next deployment does it.`,
      );
    }
  }

  async refuseWhileRecordsWait() {
    if (this.settings.waitingRecords === "leave") return;
    const waiting = await this.askWhatWaits();
    if (waiting.length === 0) return;
    throw new this.serverless.classes.Error(stillWaiting(this.stackName, waiting));
  }

  async askWhatWaits() {
    const { logTable, stateTable } = this.settings;
    if (!(await this.stands(stateTable)) || !(await this.stands(logTable))) return [];
    try {
      const { stdout } = await promisify(execFile)(
        process.execPath,
        [LAUNCHER, "waiting", "--output", "json"],
        { env: await this.variables(), maxBuffer: PRINTED_MAX_BYTES },
      );
      return JSON.parse(stdout).Waiting;
    } catch (error) {
      const why = (error.stderr || error.message).trim();
      throw new this.serverless.classes.Error(
        `whether records wait in ${this.stackName} could not be found out (${why}); ${LEAVE_THEM}`,
      );
    }
  }

  /** The tables, and whoever the framework acts as. */
  async variables() {
    const { logTable, stateTable } = this.settings;
    const { credentials } = await this.provider.getAwsSdkV3Config();
    const { accessKeyId, secretAccessKey, sessionToken } =
      typeof credentials === "function" ? await credentials() : credentials;
    // One that is named there would count for more than the keys.
    const { AWS_PROFILE: _none, ...environment } = process.env;
    return {
      ...environment,
      HYDRANT_LOG_TABLE: logTable,
      HYDRANT_STATE_TABLE: stateTable,
      AWS_REGION: this.provider.getRegion(),
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_SESSION_TOKEN: sessionToken ?? "",
    };
  }

  async tellWhatIsKept() {
    const names = this.tables.map(([, { TableName }]) => TableName);
    const kept = [];
    for (const name of names) if (await this.stands(name)) kept.push(name);
    if (kept.length > 0) this.say(whatIsKept(kept));
  }

  async stands(TableName) {
    const { DescribeTableCommand } = await import("@aws-sdk/client-dynamodb");
    try {
      await (await this.dynamodb()).send(new DescribeTableCommand({ TableName }));
      return true;
    } catch (error) {
      if (error.name === "ResourceNotFoundException") return false;
      throw error;
    }
  }

  async isOfStack(LogicalResourceId) {
    const { DescribeStackResourceCommand } = requireOfFramework("@aws-sdk/client-cloudformation");
    const client = await this.provider.getCloudFormationClient();
    try {
      const { StackResourceDetail } = await client.send(
        new DescribeStackResourceCommand({ StackName: this.stackName, LogicalResourceId }),
      );
      return StackResourceDetail.ResourceStatus !== "DELETE_COMPLETE";
    } catch (error) {
      // Neither the stack nor such a resource of it.
      if (error.name === "ValidationError") return false;
      throw error;
    }
  }

  async dynamodb() {
    const { DynamoDBClient } = await import("@aws-sdk/client-dynamodb");
    return (this.client ??= new DynamoDBClient(await this.provider.getAwsSdkV3Config()));
  }
}

/** Of what waits: some hundred bytes a reader, of which there may be tens of thousands. */
const PRINTED_MAX_BYTES = 64 * 1024 * 1024;

const LEAVE_THEM = `to remove the stack all the same: --param="waitingRecords=leave"`;

const stillWaiting = (stack, waiting) =>
  [
    `${stack} holds records that were acknowledged and wait:`,
    ...waiting.map(
      ({ Reader, RecordsWaiting, OldestAgeMilliseconds }) =>
        `  ${Reader}: ${RecordsWaiting} record${RecordsWaiting === 1 ? "" : "s"}, ` +
        `the oldest for ${Math.round(OldestAgeMilliseconds / 1000)} s`,
    ),
    "Stop the producers and let them be delivered (npx hydrant waiting shows them). What is kept of the stack still holds them " +
      `afterwards, but nobody delivers them; ${LEAVE_THEM}`,
  ].join("\n");

const leftTable = (table, stack) =>
  `the table ${table} stands, and the stack ${stack} does not have it: it was kept when such a stack was removed, with what was ` +
  "acknowledged and not delivered. docs/restoring.md tells how to go on with it, docs/operating.md how to remove it";

const whatIsKept = (tables) =>
  `Kept, with what they hold: the tables ${tables.join(" and ")}, the log bucket and the delivery bucket. ` +
  "docs/operating.md (Removing a stack) tells how to remove them.";
