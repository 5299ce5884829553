/**
 * As much XML as S3 speaks: elements and text, with every way to write a character. Attributes and namespaces are
 * read over, for S3 has no use for them; a document type is refused, for it could make one grow without end.
 */
import { refusal } from "./errors.ts";

export interface XmlElement {
  /** Without its namespace's prefix. */
  readonly name: string;
  readonly text: string;
  readonly children: readonly XmlElement[];
}

const TOKENS =
  /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!\[CDATA\[([\s\S]*?)\]\]>|<(\/?)([^\s<>/!?]+)[^<>]*?(\/?)>|([^<]+)/y;
const MAX_DEPTH = 20;

interface Open {
  readonly name: string;
  text: string;
  readonly children: XmlElement[];
}

export function parseXml(source: string): XmlElement {
  const root: Open = { name: "", text: "", children: [] };
  const path = [root];
  const text = source.replace(/^\ufeff/, "");
  TOKENS.lastIndex = 0;
  while (TOKENS.lastIndex < text.length) {
    const token = TOKENS.exec(text);
    const parent = path.at(-1);
    if (token === null || parent === undefined || path.length > MAX_DEPTH)
      throw refusal("MalformedXML");
    const [, cdata, slash, tag, isEmpty, characters] = token;
    if (cdata !== undefined) parent.text += cdata;
    else if (characters !== undefined) parent.text += unescape(characters);
    else if (tag !== undefined && slash === "/") close(path, localName(tag));
    else if (tag !== undefined) {
      const element: Open = { name: localName(tag), text: "", children: [] };
      parent.children.push(element);
      if (isEmpty !== "/") path.push(element);
    }
  }
  const [only, ...others] = root.children;
  if (path.length > 1 || only === undefined || others.length > 0 || root.text.trim() !== "") {
    throw refusal("MalformedXML");
  }
  return only;
}

/** An element's child of that name; the first where there are several. */
export function childOf(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((child) => child.name === name);
}

export function childrenOf(element: XmlElement | undefined, name: string): readonly XmlElement[] {
  return element?.children.filter((child) => child.name === name) ?? [];
}

function close(path: Open[], name: string): void {
  const element = path.pop();
  if (path.length === 0 || element?.name !== name) throw refusal("MalformedXML");
}

function localName(tag: string): string {
  return tag.slice(tag.indexOf(":") + 1);
}

const NAMED: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

/** `&#34;`, `&#x22;` and `&quot;` are one and the same. */
function unescape(text: string): string {
  return text.replaceAll(/&([^;&]*);?/g, (_, entity: string) => {
    const code = /^#(?:x([0-9a-f]{1,6})|([0-9]{1,7}))$/i.exec(entity);
    if (code === null) {
      const named = NAMED[entity];
      if (named === undefined) throw refusal("MalformedXML");
      return named;
    }
    const point = code[1] === undefined ? Number(code[2]) : Number.parseInt(code[1], 16);
    if (point === 0 || point > 0x10ffff) throw refusal("MalformedXML");
    return String.fromCodePoint(point);
  });
}

/** What an element holds: text, or elements by name; a list is as many elements of the name; undefined is none. */
export type XmlContent = string | number | boolean | XmlTree;
export interface XmlTree {
  readonly [name: string]: XmlContent | readonly XmlContent[] | undefined;
}

const NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/";

export function printXml(root: string, content: XmlContent, namespace = NAMESPACE): string {
  const attribute = namespace === "" ? "" : ` xmlns="${namespace}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}${attribute}>${printContent(content)}</${root}>`;
}

function printContent(content: XmlContent): string {
  if (typeof content !== "object") return escapeXml(String(content));
  let text = "";
  for (const [name, value] of Object.entries(content)) {
    for (const each of isList(value) ? value : [value]) {
      if (each !== undefined) text += `<${name}>${printContent(each)}</${name}>`;
    }
  }
  return text;
}

const isList = (value: unknown): value is readonly XmlContent[] => Array.isArray(value);

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

/** Control characters as S3 writes them; not every reader takes them, which is what `encoding-type` is for. */
export function escapeXml(text: string): string {
  return text.replaceAll(
    // oxlint-disable-next-line no-control-regex
    /[&<>"\u0000-\u0008\u000b-\u001f]/g,
    (character) => ESCAPES[character] ?? `&#x${character.charCodeAt(0).toString(16)};`,
  );
}
