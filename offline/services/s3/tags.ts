/** Tags of objects and buckets: kept as the XML that is given back. */
import { refusal } from "./errors.ts";
import { parseQuery } from "./request.ts";
import { childOf, childrenOf, parseXml, printXml, type XmlElement } from "./xml.ts";

const KEY_MAX_CHARS = 128;
const VALUE_MAX_CHARS = 256;
export const OBJECT_TAGS_MAX_COUNT = 10;
export const BUCKET_TAGS_MAX_COUNT = 50;

type Tag = readonly [key: string, value: string];

/** The document of `PUT …?tagging`. */
export function readTagging(body: Buffer, maxCount: number): string {
  const tagging = parseXml(body.toString());
  const set = childOf(tagging, "TagSet");
  if (tagging.name !== "Tagging" || set === undefined) throw refusal("MalformedXML");
  return readTagSet(set, maxCount);
}

export function readTagSet(set: XmlElement, maxCount: number): string {
  return toDocument(
    childrenOf(set, "Tag").map((tag) => {
      const [key, value] = [childOf(tag, "Key"), childOf(tag, "Value")];
      if (key === undefined || value === undefined) throw refusal("MalformedXML");
      return [key.text, value.text];
    }),
    maxCount,
  );
}

/** The header `x-amz-tagging: name=value&name=value`; none, or an empty one: no tags. */
export function readTaggingHeader(
  text: string | readonly string[] | undefined,
): string | undefined {
  const tags = parseQuery(String(text ?? ""));
  return tags.length === 0 ? undefined : toDocument(tags, OBJECT_TAGS_MAX_COUNT);
}

export function countTags(document: string | undefined): number {
  return document === undefined
    ? 0
    : childrenOf(childOf(parseXml(document), "TagSet"), "Tag").length;
}

export const NO_TAGS = printXml("Tagging", { TagSet: "" });

function toDocument(tags: readonly Tag[], maxCount: number): string {
  if (tags.length > maxCount) {
    const message = `Object tags cannot be greater than ${maxCount}`;
    throw refusal("InvalidTag", {}, message);
  }
  for (const [key, value] of tags) {
    if (key === "" || key.length > KEY_MAX_CHARS) {
      throw refusal("InvalidTag", {}, "The TagKey you have provided is invalid");
    }
    if (value.length > VALUE_MAX_CHARS) {
      throw refusal("InvalidTag", {}, "The TagValue you have provided is invalid");
    }
  }
  if (new Set(tags.map(([key]) => key)).size < tags.length) {
    throw refusal("InvalidTag", {}, "Cannot provide multiple Tags with the same key");
  }
  return printXml("Tagging", { TagSet: { Tag: tags.map(([Key, Value]) => ({ Key, Value })) } });
}
