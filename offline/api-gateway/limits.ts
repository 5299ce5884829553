/**
 * What API Gateway and Lambda bound, so that offline fails where AWS would.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
 */
const MIB = 1024 * 1024;

export const REQUEST_MAX_BYTES = 10 * MIB;
/** How much of a request that is too large is read to its end. */
export const DISCARDED_MAX_BYTES = 100 * MIB;
/** Of the event that a function is invoked with, and of the answer that it gives in one piece. */
export const PAYLOAD_MAX_BYTES = 6 * MIB;
/** No body below this can fill an event: the worst escape makes six bytes of one, and headers are few. */
export const SURELY_FITS_BYTES = 900 * 1024;

/** Bytes are handed over to another thread from so many on; fewer are copied sooner. */
export const HANDED_OVER_LEAST_BYTES = 64 * 1024;

/** How long an answer that is gathered is waited for, unless the method says otherwise. */
export const GATHERING_MAX_MS = 29_000;
/** How long nothing may come of an answer that is streamed, behind CloudFront and elsewhere. */
export const EDGE_IDLE_MAX_MS = 30_000;
export const REGIONAL_IDLE_MAX_MS = 300_000;
/** Where status and headers must end in a stream. */
export const PRELUDE_MAX_BYTES = 16 * 1024;

/** Lambda passes on the first 6 MB as they come, and the rest at 2 MB a second; API Gateway is no slower. */
export const UNPACED_BYTES = 6 * MIB;
export const PACED_BYTES_PER_SECOND = 2 * MIB;
