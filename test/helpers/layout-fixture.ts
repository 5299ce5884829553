/**
 * What a release left in its tables and its log bucket, kept as a fixture: records that wait in each way in which they can, and
 * what is to become of them.
 */
import { readdirSync, readFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";

export interface LayoutFixture {
  /** When it was left. */
  readonly atMs: number;
  readonly logItems: readonly Record<string, AttributeValue>[];
  readonly stateItems: readonly Record<string, AttributeValue>[];
  /** Base64, by key. */
  readonly bodies: Readonly<Record<string, string>>;
  /** Of the delivery stream `logs`, which delivers to the bucket `left`; what stands there already is left out. */
  readonly deliveries: readonly string[];
  /** By the mapping on `clicks`. */
  readonly handled: readonly string[];
  /** By other delivery streams, whose objects lie below folders of their own, by these; sorted. Absent: there are none. */
  readonly below?: Readonly<Record<string, readonly string[]>>;
  /** Of access keys, by id, as they stand; absent: there are none. */
  readonly secrets?: Readonly<Record<string, string>>;
}

export const LAYOUT_FIXTURES = new URL("../fixtures/layouts/", import.meta.url);

/** Bytes, which JSON does not have. */
const BYTES = "base64:";

export function packFixture(fixture: LayoutFixture): Uint8Array {
  const text = JSON.stringify(fixture, (_, value: unknown) => {
    const isBuffer = (value as { readonly type?: unknown } | null)?.type === "Buffer";
    if (isBuffer) return BYTES + Buffer.from((value as { data: number[] }).data).toString("base64");
    return value instanceof Uint8Array ? BYTES + Buffer.from(value).toString("base64") : value;
  });
  return gzipSync(text, { level: 9 });
}

/** By the name of its file, such as `4-0.1.0`: the layout, and the release. */
export function readFixtures(): readonly (readonly [string, LayoutFixture])[] {
  return readdirSync(LAYOUT_FIXTURES)
    .filter((name) => name.endsWith(".json.gz"))
    .map((name) => {
      const text = gunzipSync(readFileSync(new URL(name, LAYOUT_FIXTURES))).toString();
      const fixture = JSON.parse(text, (key, value: unknown) =>
        key === "B" && typeof value === "string" && value.startsWith(BYTES)
          ? Buffer.from(value.slice(BYTES.length), "base64")
          : value,
      ) as LayoutFixture;
      return [name.replace(".json.gz", ""), fixture] as const;
    });
}
