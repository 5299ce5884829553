/**
 * How long a signed request is good: DynamoDB refuses what was signed more than 15 minutes ago, or more than 5 minutes
 * ahead, whatever held it up on its way. A writer that freezes and thaws can therefore not write late.
 */
const LATE_MS = 15 * 60_000;
const EARLY_MS = 5 * 60_000;

/** @param signedAt as `amzDate` has it @returns what is wrong with it, in AWS's words */
export function signatureTrouble(signedAt: string | undefined, nowMs: number): string | undefined {
  if (signedAt === undefined || isSurelyGood(signedAt, nowMs)) return undefined;
  const signedAtMs = Date.parse(
    signedAt.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"),
  );
  if (Number.isNaN(signedAtMs)) return undefined;
  const now = amzDate(nowMs);
  if (nowMs - signedAtMs > LATE_MS) {
    return `Signature expired: ${signedAt} is now earlier than ${amzDate(nowMs - LATE_MS)} (${now} - 15 min.)`;
  }
  if (signedAtMs - nowMs > EARLY_MS) {
    return `Signature not yet current: ${signedAt} is still later than ${amzDate(nowMs + EARLY_MS)} (${now} + 5 min.)`;
  }
  return undefined;
}

/** Its bounds as text, made once a second: such dates rise as their text does. */
let good = { second: 0, from: "", to: "" };

function isSurelyGood(signedAt: string, nowMs: number): boolean {
  const second = Math.floor(nowMs / 1000);
  if (good.second !== second) {
    const startMs = second * 1000;
    good = { second, from: amzDate(startMs - LATE_MS + 1000), to: amzDate(startMs + EARLY_MS) };
  }
  return signedAt >= good.from && signedAt <= good.to;
}

/** `20261130T080000Z` */
export function amzDate(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
}
