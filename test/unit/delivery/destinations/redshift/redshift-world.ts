/** A delivery stream that copies into the twin of Redshift. */
import { DELIVERY_READER } from "../../../../../src/delivery/delivery-stream.ts";
import { redshiftFollower } from "../../../../../src/delivery/destinations/redshift/follower.ts";
import type { RedshiftSettings } from "../../../../../src/delivery/destinations/redshift/settings.ts";
import type { ReceiverPorts } from "../../../../../src/delivery/destinations/receivers/ports.ts";
import { redshiftStatements } from "../../../../../src/storage/redshift-data/statements.ts";
import { RedshiftTwin } from "../../../../helpers/receivers/redshift-twin.ts";
import { deliverWorld } from "../../deliver-world.ts";

export const REDSHIFT: RedshiftSettings = {
  kind: "redshift",
  place: "work/dev/logs",
  roleArn: "arn:aws:iam::123456789012:role/firehose",
  retrySeconds: 3600,
  warehouse: { kind: "cluster", name: "work", region: "eu-west-1" },
  database: "dev",
  user: "loader",
  table: "logs",
  compression: "UNCOMPRESSED",
  folder: "raw/",
  bucketRoleArn: "arn:aws:iam::123456789012:role/bucket",
};

export async function redshiftWorld(
  over: Partial<RedshiftSettings> = {},
  fn?: Parameters<typeof deliverWorld>[1],
  destination: Parameters<typeof deliverWorld>[0] = {},
) {
  const settings = { ...REDSHIFT, ...over };
  const { compression } = settings;
  const made = await deliverWorld(
    { receiver: settings, prefix: "raw/", compression, delimiter: "\n", ...destination },
    fn,
  );
  const twin = new RedshiftTwin((bucket, key) => made.objects.get(bucket, key)?.body);
  const receivers: ReceiverPorts = {
    http: twin,
    secrets: { read: () => Promise.reject(new Error("not asked")) },
    open: () => ({
      kind: "behind-objects",
      follower: redshiftFollower(settings, {
        statements: redshiftStatements({ http: twin }),
        objects: made.objects,
      }),
    }),
  };
  const { run: runOnce, clock, readers, shard } = made;
  return {
    ...made,
    twin,
    receivers,
    async run(change: Parameters<typeof runOnce>[0] = {}, isRepeated = false) {
      const { checkpoint } = (await readers.get(shard, DELIVERY_READER))!;
      return runOnce({ receivers, ...change }, { isRepeated, blockIndex: checkpoint.blockIndex });
    },
    /** Until nothing is to be tried any more; how long that took, and how often. */
    async runAll() {
      const beganMs = clock.now();
      for (let count = 1; count < 60; count += 1) {
        const result = await runOnce({ receivers }, { isRepeated: count > 1 });
        if (result.kind === "done") return { count, tookMs: clock.now() - beganMs };
        await clock.sleep(
          Math.max((result as { atMs?: number }).atMs ?? 0, clock.now() + 1) - clock.now(),
        );
      }
      throw new Error("it does not end");
    },
    lines: () => twin.rows("logs").map(({ line }) => line),
  };
}
