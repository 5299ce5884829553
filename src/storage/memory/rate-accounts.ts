/** The accounts of keys' rates in memory. Nothing a user runs uses it. */
import type { Amount, RateAccounts } from "../../auth/rates.ts";

export function memoryRateAccounts(): RateAccounts {
  const windows = new Map<string, Amount>();
  return {
    async take(accessKeyId, window, { calls, bytes }) {
      const place = `${accessKeyId}/${window}`;
      const before = windows.get(place) ?? { calls: 0, bytes: 0 };
      const total = { calls: before.calls + calls, bytes: before.bytes + bytes };
      windows.set(place, total);
      return total;
    },
  };
}
