/**
 * The SDK's client for JavaScript whose commands go through boto3 or the AWS CLI: the same tests, asked by another
 * client. What it is refused comes as the SDK's own errors.
 */
import * as sdk from "@aws-sdk/client-firehose";
import { FirehoseServiceException, type FirehoseClient } from "@aws-sdk/client-firehose";
import { onTestFinished } from "vitest";
import type { FirehoseCaller } from "../../helpers/conformance-callers.ts";
import { boto3Client } from "../clients/boto3.ts";
import { cliClient } from "../clients/cli.ts";
import { CallRefused, type Where } from "../clients/installed-client.ts";

interface Command {
  readonly input: object;
}

/** Answers `client` itself for JavaScript. */
export function throughCaller(
  client: FirehoseClient,
  caller: FirehoseCaller,
  where: Where,
): FirehoseClient {
  if (caller.name === "javascript") return client;
  const installed =
    caller.name === "boto3"
      ? boto3Client("firehose", where, caller.command)
      : cliClient("firehose", where, caller);
  onTestFinished(() => installed.close());
  const send = async (command: Command) => {
    const operation = command.constructor.name.replace(/Command$/, "");
    try {
      return {
        $metadata: { httpStatusCode: 200 },
        ...(await installed.call(operation, command.input)),
      };
    } catch (error) {
      throw error instanceof CallRefused ? asSdkError(error) : error;
    }
  };
  return Object.assign(client, { send });
}

type ErrorClass = new (options: {
  readonly message: string;
  readonly $metadata: object;
}) => FirehoseServiceException;

function asSdkError({ name, message, status = 400 }: CallRefused): FirehoseServiceException {
  const $metadata = { httpStatusCode: status };
  const Known = (sdk as unknown as Readonly<Record<string, ErrorClass | undefined>>)[name];
  if (Known !== undefined) return new Known({ message, $metadata });
  return new FirehoseServiceException({ name, message, $metadata, $fault: "client" });
}
