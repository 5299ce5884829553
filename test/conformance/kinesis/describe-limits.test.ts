import { expect, it } from "vitest";
import { conformance } from "./conformance.ts";
import { sharedStream } from "./streams.ts";

const stream = sharedStream({});

conformance("DescribeLimits", {
  // It has no members that could be wrong.
  serialization: {},
  validation: {},
  behaviour({ call }) {
    it("counts open shards and on-demand streams, and shows what AWS would allow", async () => {
      await stream();
      const limits = await call({});
      expect(limits).toMatchObject({ ShardLimit: 20_000, OnDemandStreamCountLimit: 50 });
      expect(limits.OpenShardCount).toBeGreaterThanOrEqual(4);
      expect(limits.OnDemandStreamCount).toBeGreaterThanOrEqual(1);
    });
  },
});
