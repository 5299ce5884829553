/**
 * List prices in US East (N. Virginia), US dollars, without free tiers and without tax. From public knowledge, not
 * from a bill: check them against the price pages before you lean on them.
 */

interface Price {
  readonly dollars: number;
  readonly per: string;
  /** Since when, or as of when, the price is known to us. */
  readonly known: string;
}

const MILLION = 1e6;

export const PRICES = {
  apiRequest: {
    dollars: 3.5 / MILLION,
    per: "API Gateway REST request",
    known: "first 333 million a month, as of 2025",
  },
  lambdaRequest: { dollars: 0.2 / MILLION, per: "Lambda request", known: "as of 2025" },
  lambdaGbSecond: { dollars: 0.0000133334, per: "Lambda GB-second, arm64", known: "as of 2025" },
  writeUnit: {
    dollars: 0.625 / MILLION,
    per: "DynamoDB on-demand write request unit",
    known: "since November 2024",
  },
  readUnit: {
    dollars: 0.125 / MILLION,
    per: "DynamoDB on-demand read request unit",
    known: "since November 2024",
  },
  dynamodbGbMonth: { dollars: 0.25, per: "DynamoDB GB-month", known: "as of 2025" },
  s3Put: { dollars: 0.005 / 1000, per: "S3 PUT or LIST", known: "as of 2025" },
  s3Get: { dollars: 0.0004 / 1000, per: "S3 GET", known: "as of 2025" },
  s3GbMonth: { dollars: 0.023, per: "S3 Standard GB-month", known: "as of 2025" },
  sqsRequest: { dollars: 0.4 / MILLION, per: "SQS standard request", known: "as of 2025" },
  firehoseGb: {
    dollars: 0.029,
    per: "Firehose Direct PUT GB (2^30), records rounded up to 5 KB",
    known: "first 500 TB a month, 2025–26",
  },
} as const satisfies Readonly<Record<string, Price>>;

const FIREHOSE_UNIT_BYTES = 5120;

/** Ingestion alone; the PUTs of the delivered objects are billed to the customer there, too. */
export function firehoseDollars(recordCount: number, recordBytes: number): number {
  const billedBytes = Math.ceil(recordBytes / FIREHOSE_UNIT_BYTES) * FIREHOSE_UNIT_BYTES;
  return ((recordCount * billedBytes) / 2 ** 30) * PRICES.firehoseGb.dollars;
}
