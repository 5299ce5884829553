/**
 * S3 where a bucket is: in whatever region, under whatever role. A bucket of another region is not known to be one
 * until S3 says so; that is remembered for all its objects.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/Redirects.html
 */
import type { S3Client } from "@aws-sdk/client-s3";
import { CLIENTS_MAX_COUNT } from "../../limits.ts";
import { Remembered } from "../remembered.ts";
import type { Roles } from "../sts/roles.ts";

export interface BucketPlace {
  readonly bucket: string;
  /** As the stream names it. */
  readonly roleArn?: string;
}

export interface BucketClients {
  /** `call` is made once more where S3 answers that the bucket is in another region, which it does before anything is done. */
  at<Output>(place: BucketPlace, call: (client: S3Client) => Promise<Output>): Promise<Output>;
  /** The role that acts there; `undefined`: the function's own. */
  roleAt(place: BucketPlace): string | undefined;
}

/** The one client for all buckets, of its own region. */
export function oneClient(client: S3Client): BucketClients {
  return { at: (_place, call) => call(client), roleAt: () => undefined };
}

/** @param make a client for that region (absent: the function's own), under that role (absent: likewise) */
export function bucketClients(
  roles: Pick<Roles, "assumed">,
  make: (where: {
    readonly region: string | undefined;
    readonly roleArn: string | undefined;
  }) => S3Client,
): BucketClients {
  const clients = new Remembered<S3Client>(CLIENTS_MAX_COUNT);
  const regions = new Remembered<string>(CLIENTS_MAX_COUNT);

  const clientIn = (region: string | undefined, roleArn: string | undefined) =>
    clients.getOrMake(`${region} ${roleArn}`, () => make({ region, roleArn }));

  return {
    roleAt: ({ roleArn }) => roles.assumed(roleArn),
    async at({ bucket, roleArn }, call) {
      const acting = roles.assumed(roleArn);
      const known = regions.get(bucket);
      try {
        return await call(clientIn(known, acting));
      } catch (error) {
        const region = regionNamedBy(error);
        if (region === undefined || region === known) throw error;
        regions.put(bucket, region);
        return call(clientIn(region, acting));
      }
    },
  };
}

/** What S3 says to a request that was sent, or signed, for another region. */
interface WrongRegion {
  readonly name: string;
  readonly Region?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

const WRONG_REGION = new Set([
  "AuthorizationHeaderMalformed",
  "IllegalLocationConstraintException",
]);

function regionNamedBy(thrown: unknown): string | undefined {
  const error = thrown as WrongRegion;
  const isElsewhere = error.$metadata?.httpStatusCode === 301 || WRONG_REGION.has(error.name);
  return isElsewhere
    ? (error.$response?.headers?.["x-amz-bucket-region"] ?? error.Region)
    : undefined;
}
