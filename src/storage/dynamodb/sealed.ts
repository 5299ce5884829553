/**
 * A secret as an attribute of an item: under `sealed` where there is a seal, else in clear under a name of its
 * own.
 */
import { hash } from "node:crypto";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { Seal } from "../seal.ts";
import type { Item } from "./keys.ts";

/** Absent: the table's own encryption is all there is. */
export interface Sealing {
  readonly seal?: Seal;
}

/** In clear, access keys have their secret as text, others as bytes. */
type ClearName = "secret" | "bytes";

export async function writeSecret(
  key: Item,
  name: ClearName,
  clear: Uint8Array,
  { seal }: Sealing,
): Promise<Item> {
  if (seal !== undefined) return { sealed: { B: await seal.close(placeOf(key), clear) } };
  return { [name]: name === "secret" ? { S: Buffer.from(clear).toString() } : { B: clear } };
}

export async function readSecret(
  key: Item,
  name: ClearName,
  item: Item,
  { seal }: Sealing,
): Promise<Uint8Array> {
  const sealed = item["sealed"]?.B;
  if (sealed !== undefined) {
    if (seal !== undefined) return await seal.open(placeOf(key), sealed);
    throw new Error(`${placeOf(key)} is sealed: HYDRANT_SEAL_KEY_FILE must name the key's file`);
  }
  const clear = bytesOf(item[name]);
  if (clear === undefined) throw new Error(`item lacks its ${name}`);
  return clear;
}

/** Differs where the secret does, and tells nothing of it. */
export function secretVersion(name: ClearName, item: Item): string {
  const bytes = item["sealed"]?.B ?? bytesOf(item[name]) ?? new Uint8Array();
  return hash("sha256", bytes, "base64");
}

function bytesOf(value: AttributeValue | undefined): Uint8Array | undefined {
  return value?.S === undefined ? value?.B : Buffer.from(value.S);
}

function placeOf(key: Item): string {
  return key["pk"]?.S ?? "";
}
