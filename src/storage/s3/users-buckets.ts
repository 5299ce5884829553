/**
 * Buckets that somebody named, which Hydrant's own never are. What is named today is checked before; this holds for what
 * was named when nothing was, and where a policy of IAM can only tell by the folder.
 */
import { isOwnBucket } from "../../targets/own.ts";
import { RoleRefused } from "../sts/roles.ts";
import type { BucketClients } from "./bucket-clients.ts";

export function usersBuckets(
  clients: BucketClients,
  deployment: Parameters<typeof isOwnBucket>[1],
): BucketClients {
  return {
    ...clients,
    async at(place, call) {
      if (!isOwnBucket(place.bucket, deployment)) return clients.at(place, call);
      throw new RoleRefused(
        `${place.bucket} is one of Hydrant's own buckets, which nothing is delivered to`,
      );
    },
  };
}
