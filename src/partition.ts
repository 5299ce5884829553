/** The parts of AWS that have regions of their own, by what their regions' names begin with. */
const PARTITIONS = [
  { regions: "cn-", partition: "aws-cn", domain: "amazonaws.com.cn" },
  { regions: "us-gov-", partition: "aws-us-gov", domain: "amazonaws.com" },
  { regions: "eusc-", partition: "aws-eusc", domain: "amazonaws.eu" },
] as const;

const COMMERCIAL = { partition: "aws", domain: "amazonaws.com" } as const;

const find = (region: string) =>
  PARTITIONS.find(({ regions }) => region.startsWith(regions)) ?? COMMERCIAL;

/** The part of AWS that a region belongs to, as ARNs begin with it: `cn-north-1` → `aws-cn`. */
export const partitionOf = (region: string): string => find(region).partition;

/** What the names of its endpoints end with: `cn-north-1` → `amazonaws.com.cn`. */
export const endpointDomainOf = (region: string): string => find(region).domain;
