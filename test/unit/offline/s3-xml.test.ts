import { describe, expect, it } from "vitest";
import { crc32c, crc64nvme } from "../../../offline/services/s3/crc.ts";
import { childOf, childrenOf, parseXml, printXml } from "../../../offline/services/s3/xml.ts";

const keyIn = (source: string) => childOf(parseXml(source), "Key")?.text;

describe("XML that comes in", () => {
  it.each([
    ["&quot;a&quot;", '"a"'],
    ["&#34;a&#34;", '"a"'],
    ["&#x22;a&#X22;", '"a"'],
    ['<![CDATA["a"]]>', '"a"'],
    ["a<![CDATA[<&]]>b", "a<&b"],
    ["&#x1F600;&#228;", "😀ä"],
    ["&amp;quot;", "&quot;"],
    ["a<!-- no -->b", "ab"],
    ["&#x1;", "\u0001"],
    ["", ""],
  ])("reads %s", (written, text) => {
    expect(keyIn(`<Delete><Key>${written}</Key></Delete>`)).toBe(text);
  });

  it("reads over prolog, namespaces and attributes", () => {
    const source =
      '\ufeff<?xml version="1.0"?>\n<s:Delete xmlns:s="urn:x"><s:Key a="1">k</s:Key>\n<Empty/></s:Delete>\n';
    const root = parseXml(source);
    expect([root.name, childOf(root, "Key")?.text, childrenOf(root, "Empty").length]).toEqual([
      "Delete",
      "k",
      1,
    ]);
  });

  it.each([
    "",
    "text",
    "<a>",
    "<a></b>",
    "</a>",
    "<a/><b/>",
    "<a>&unknown;</a>",
    "<a>&#0;</a>",
    "<a>&#x110000;</a>",
    '<!DOCTYPE a [<!ENTITY b "bbbb">]><a>&b;</a>',
    "<a>".repeat(30) + "</a>".repeat(30),
  ])("refuses %j", (source) => {
    expect(() => parseXml(source)).toThrow(/not well-formed/);
  });

  it("reads what is a megabyte long in no time to speak of", () => {
    const parts = "<Part><ETag>&#34;x&#34;</ETag></Part>".repeat(20_000);
    expect(parseXml(`<All>${parts}</All>`).children).toHaveLength(20_000);
    expect(() => parseXml(`<All>${"<".repeat(200_000)}`)).toThrow();
    expect(() => parseXml(`<All>${"<!--".repeat(50_000)}`)).toThrow();
  });
});

describe("XML that goes out", () => {
  it("comes back as it was", () => {
    const key = "a<b>&\"c'\u0001\u001f\r\n ä😀";
    expect(childOf(parseXml(printXml("Root", { Key: key })), "Key")?.text).toBe(key);
  });

  it("repeats what is a list and leaves out what is not there", () => {
    const text = printXml("R", { A: [1, 2], B: undefined, C: { D: true } }, "");
    expect(text).toMatch(/<R><A>1<\/A><A>2<\/A><C><D>true<\/D><\/C><\/R>$/);
  });
});

describe("checksums that Node lacks", () => {
  const digits = Buffer.from("123456789");

  it("are those of their standards' check values", () => {
    expect(crc32c(digits).toString(16)).toBe("e3069283");
    expect(crc64nvme(digits).toString("hex")).toBe("ae8b14860a799888");
    expect(crc64nvme(Buffer.alloc(0)).toString("hex")).toBe("0000000000000000");
  });
});
