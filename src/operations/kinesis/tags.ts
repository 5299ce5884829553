/** The rules of tags. AWS checks the characters twice, and the second check knows no percent sign. */
import { TAGS_PER_STREAM_MAX_COUNT } from "../../limits.ts";
import { invalidArgument } from "./refusals.ts";

type Tags = Readonly<Record<string, string>>;

interface Change {
  /** The stream's. */
  readonly name: string;
  readonly accountId: string;
  readonly verb: "add" | "remove";
  /** What the stream or the consumer has already. */
  readonly standing: Tags;
}

/** Of white space only the blank, whatever the sentence says. */
const ALLOWED = /^[\p{L}\p{N} _.:/=+\-%@]*$/u;
const RESERVED_PREFIX = "aws:";

export function checkTags(tags: Tags, change: Change): void {
  checkTagTexts([...Object.keys(tags), ...Object.values(tags)], change);
  if (Object.keys(tags).some((key) => key.toLowerCase().startsWith(RESERVED_PREFIX))) {
    throw invalidArgument(`Tag keys that start with ${RESERVED_PREFIX} are reserved.`);
  }
  const count = Object.keys({ ...change.standing, ...tags }).length;
  if (count > TAGS_PER_STREAM_MAX_COUNT) {
    throw invalidArgument(
      `${failed(change)} because a given stream cannot have more than ${TAGS_PER_STREAM_MAX_COUNT} tags associated with it.`,
    );
  }
}

export function checkTagTexts(texts: readonly string[], change: Change): void {
  if (!texts.every((text) => ALLOWED.test(text))) {
    throw invalidArgument(
      "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, _ . / = + - % @.",
    );
  }
  if (texts.some((text) => text.includes("%"))) {
    throw invalidArgument(
      `${failed(change)} because some tags contained illegal characters. The allowed characters are Unicode letters, white-spaces, '_',',','/','=','+','-','@'.`,
    );
  }
}

function failed({ name, accountId, verb }: Change): string {
  const towards = verb === "add" ? "to" : "from";
  return `Failed to ${verb} tags ${towards} stream ${name} under account ${accountId}`;
}
