import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { derivedUuid } from "../../../../src/derived-uuid.ts";
import {
  fileExtension,
  objectKey,
  type ObjectName,
} from "../../../../src/delivery/naming/object-key.ts";
import { errorPrefixParts, prefixParts } from "../../../../src/delivery/naming/prefix.ts";
import {
  DELIVERY_STREAM_NAME_MAX_LENGTH,
  PREFIX_EVALUATED_MAX_BYTES,
} from "../../../../src/limits.ts";

const UUID = "3f2a9c1e-0b7d-5e64-9a10-77c2d1e0f5ab";

function name(changes: Partial<ObjectName> = {}): ObjectName {
  return {
    prefix: prefixParts("legacy"),
    streamName: "access-logs",
    versionId: 1,
    instantMs: Date.UTC(2026, 6, 13, 14, 5, 6, 789),
    uuid: UUID,
    extension: "",
    ...changes,
  };
}

describe("an object's key", () => {
  it("is the prefix, the stream, its version, the arrival and a UUID", () => {
    expect(objectKey(name())).toBe(`legacy2026/07/13/14/access-logs-1-2026-07-13-14-05-06-${UUID}`);
  });

  it("follows the stream's version and extension", () => {
    expect(objectKey(name({ versionId: 12, extension: ".gz" }))).toBe(
      `legacy2026/07/13/14/access-logs-12-2026-07-13-14-05-06-${UUID}.gz`,
    );
  });

  it("tells the time of its zone in prefix and suffix", () => {
    expect(objectKey(name({ timeZone: "Asia/Kolkata" }))).toBe(
      `legacy2026/07/13/19/access-logs-1-2026-07-13-19-35-06-${UUID}`,
    );
  });

  it("holds the kind of failure under an error prefix", () => {
    const prefix = errorPrefixParts({ prefix: "logs/" });
    expect(objectKey(name({ prefix, errorOutputType: "processing-failed" }))).toBe(
      `logs/processing-failed/2026/07/13/14/access-logs-1-2026-07-13-14-05-06-${UUID}`,
    );
  });

  it("fits S3's 1,024 bytes for the longest of everything", () => {
    const longest = name({
      prefix: [{ kind: "text", text: "x".repeat(PREFIX_EVALUATED_MAX_BYTES) }],
      streamName: "s".repeat(DELIVERY_STREAM_NAME_MAX_LENGTH),
      versionId: 999_999_999,
      extension: `.${"x".repeat(127)}`,
    });
    expect(Buffer.byteLength(objectKey(longest))).toBeLessThanOrEqual(1024);
  });

  it("is the same for the same flush and another for another", () => {
    const prefix = prefixParts("!{firehose:random-string}/!{timestamp:yyyy}/");
    const keyOf = (from: number, to: number) =>
      objectKey(name({ prefix, uuid: derivedUuid("access-logs", 0, from, to) }));
    const block = fc.nat();
    fc.assert(
      fc.property(block, block, block, (from, to, other) => {
        fc.pre(to !== other);
        expect(keyOf(from, to)).toBe(keyOf(from, to));
        expect(keyOf(from, to)).not.toBe(keyOf(from, other));
      }),
    );
  });
});

describe("a file extension", () => {
  it("comes from the compression", () => {
    expect(fileExtension({ compression: "UNCOMPRESSED" })).toBe("");
    expect(fileExtension({ compression: "GZIP" })).toBe(".gz");
  });

  it("is replaced by the one that was set", () => {
    expect(fileExtension({ compression: "GZIP", fileExtension: ".json" })).toBe(".json");
  });

  it("counts as unset when empty", () => {
    expect(fileExtension({ compression: "GZIP", fileExtension: "" })).toBe(".gz");
  });
});
