/**
 * The CloudWatchLogProcessing processor with DataMessageExtraction: of the envelope in which CloudWatch Logs sends a
 * batch of log events, only the messages go on, in one record, a newline between two. The message by which CloudWatch
 * Logs tries a subscription holds none, and becomes an empty record.
 * https://docs.aws.amazon.com/firehose/latest/dev/Message_extraction.html
 */
import { fail, type Stage } from "./outcome.ts";
import { hasTooManyValues } from "./too-many-values.ts";

/** AWS does not document its code. */
const NO_ENVELOPE = "CloudWatchLogProcessing.InvalidRecord";
const NEWLINE = "\n";

export const extractMessages: Stage = (passing) => {
  const messages = messagesOf(passing.data);
  if (messages !== undefined) return [{ ...passing, data: Buffer.from(messages.join(NEWLINE)) }];
  return [
    fail(passing, {
      errorCode: NO_ENVELOPE,
      errorMessage: "The record is not a message of CloudWatch Logs",
      errorOutputType: "processing-failed",
    }),
  ];
};

const utf8 = new TextDecoder("utf-8", { fatal: true });

function messagesOf(data: Uint8Array): readonly string[] | undefined {
  let envelope: unknown;
  try {
    const text = utf8.decode(data);
    if (hasTooManyValues(text)) return undefined;
    envelope = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { messageType, logEvents } = membersOf(envelope);
  if (messageType === "CONTROL_MESSAGE") return [];
  if (messageType !== "DATA_MESSAGE" || !Array.isArray(logEvents)) return undefined;
  const messages: string[] = [];
  for (const event of logEvents) {
    const { message } = membersOf(event);
    if (typeof message !== "string") return undefined;
    messages.push(message);
  }
  return messages;
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
