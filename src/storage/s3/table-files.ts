/**
 * Files of tables in S3. A bucket is one that the deployment lists for tables, unless the role that is named is assumed there: where
 * a table lies is said by its catalog, which somebody else keeps.
 */
import { GetObjectCommand, PutObjectCommand, S3ServiceException } from "@aws-sdk/client-s3";
import type { TableFiles } from "../../delivery/destinations/iceberg/ports.ts";
import { RoleRefused } from "../sts/roles.ts";
import type { BucketClients } from "./bucket-clients.ts";

/** @param isListed whether tables may lie below that ARN */
export function s3TableFiles(
  clients: BucketClients,
  isListed: (arn: string) => boolean,
): TableFiles {
  function check(place: {
    readonly bucket: string;
    readonly key: string;
    readonly roleArn: string;
  }) {
    const { bucket, key } = place;
    if (clients.roleAt(place) !== undefined || isListed(`arn:aws:s3:::${bucket}/${key}`)) return;
    throw new RoleRefused(`s3://${bucket}/${key} is not where the deployment lets tables lie`);
  }

  return {
    async get(place) {
      check(place);
      const { bucket: Bucket, key: Key } = place;
      try {
        const command = new GetObjectCommand({ Bucket, Key });
        const { Body } = await clients.at(place, (client) => client.send(command));
        return await Body!.transformToByteArray();
      } catch (error) {
        if (error instanceof S3ServiceException && error.name === "NoSuchKey") return undefined;
        throw error;
      }
    },

    async put(place, body) {
      check(place);
      const { bucket: Bucket, key: Key } = place;
      const command = new PutObjectCommand({ Bucket, Key, Body: body, IfNoneMatch: "*" });
      try {
        await clients.at(place, (client) => client.send(command));
      } catch (error) {
        // An attempt of this very call, whose answer was lost: nobody else has the name.
        const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : 0;
        if (status !== 412) throw error;
      }
    },
  };
}
