/** Where a span of a log begins or ends, as it is typed: a time, a while ago, or a record. */

const UNITS_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Seconds since the epoch, as the wire has them. */
export function readTime(option: string, text: string, nowMs: number): number {
  const [, count, unit] = /^(\d+)([smhd])$/.exec(text) ?? [];
  if (count !== undefined) {
    return (nowMs - Number(count) * UNITS_MS[unit as keyof typeof UNITS_MS]) / 1000;
  }
  const seconds = /^\d{1,11}(\.\d+)?$/.test(text) ? Number(text) : Date.parse(text) / 1000;
  if (!Number.isNaN(seconds)) return seconds;
  throw new Error(
    `${option} must be a time such as 2026-11-22T08:00:00Z, a while ago such as 2h, or a record's id or sequence number, got ${text}`,
  );
}

/** Ids of records are sixty characters of base64, sequence numbers fifty-six digits. */
export function readBound(option: string, text: string, nowMs: number): object {
  if (/^\d{50,}$/.test(text)) return { SequenceNumber: text };
  if (/^[A-Za-z0-9+/]{60}$/.test(text)) return { RecordId: text };
  return { Timestamp: readTime(option, text, nowMs) };
}
