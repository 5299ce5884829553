/** Where the files of a table lie, and how to read and write them by their names. */
import { deliveryErrorOf } from "../../error-log/delivery-error.ts";
import type { DeliveryError } from "../../error-log/delivery-error.ts";
import { withoutEnd } from "../../formats/text-values.ts";
import type { Table } from "./metadata.ts";
import type { FilePlace, TableFiles } from "./ports.ts";

/** A name that leads to no object of S3. */
export class UnknownLocation extends Error {}

/** `s3://bucket/folder/file` */
export function placeOf(location: string, roleArn: string): FilePlace {
  const [, bucket, key] = /^s3[an]?:\/\/([^/]+)\/(.+)$/.exec(location) ?? [];
  if (bucket === undefined || key === undefined) {
    throw new UnknownLocation(`${location} is not in S3`);
  }
  return { bucket, key, roleArn };
}

export interface NamedFiles {
  get(location: string): Promise<Uint8Array | undefined>;
  put(location: string, body: Uint8Array): Promise<void>;
}

/** @param roleArn under which all of it is done */
export function namedFiles(files: TableFiles, roleArn: string): NamedFiles {
  return {
    get: async (location) => files.get(placeOf(location, roleArn)),
    put: async (location, body) => files.put(placeOf(location, roleArn), body),
  };
}

export function dataFolder({ location, properties }: Table): string {
  return withoutEnd(properties["write.data.path"] ?? `${location}/data`, "/");
}

export function metadataFolder({ location, properties }: Table): string {
  return withoutEnd(properties["write.metadata.path"] ?? `${location}/metadata`, "/");
}

/** What was thrown, as an error of the delivery. */
export function fileError(failure: unknown): DeliveryError {
  if (!(failure instanceof UnknownLocation)) return deliveryErrorOf(failure);
  return { errorCode: "Iceberg.UnsupportedTable", errorMessage: failure.message };
}
