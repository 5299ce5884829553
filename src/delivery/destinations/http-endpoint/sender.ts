/**
 * Brings batches to an HTTP endpoint. Its promise is at least once, and every attempt at a batch has the same request id: a
 * receiver that remembers ids has each record once.
 */
import { HTTP_ENDPOINT_RECORDS_MAX_COUNT, PARCEL_PIECE_BYTES } from "../../../limits.ts";
import type { BatchOutcome, BatchSender } from "../receivers/port.ts";
import type { ReceiverMaking } from "../receivers/registry.ts";
import { type FoundKey, keyIn } from "../receivers/secret-key.ts";
import { judged } from "./answer.ts";
import { isHeaderText } from "./header-text.ts";
import { endpointRequest } from "./request.ts";
import type { HttpEndpointSettings } from "./settings.ts";

export function httpEndpointSender({
  settings,
  secrets,
  ports,
}: ReceiverMaking<HttpEndpointSettings>): BatchSender {
  const { secret, requestMaxBytes = PARCEL_PIECE_BYTES, isLenient = false } = settings;

  async function accessKey(isAnew: boolean): Promise<FoundKey> {
    if (secret === undefined) return { kind: "key", key: secrets["AccessKey"] };
    return keyIn(await ports.secrets.read(secret, { isAnew }), "api_key", secret.arn, isHeaderText);
  }

  return {
    errorOutputType: "http-endpoint-failed",
    bounds: {
      maxCount: HTTP_ENDPOINT_RECORDS_MAX_COUNT,
      maxBytes: requestMaxBytes,
    },
    sizeOf: ({ data }) => data.length,
    async send({ id, records }, run): Promise<BatchOutcome> {
      // After a failure the key may be another one by now.
      const found = await accessKey(run.attempts > 0);
      if (found.kind === "refused") return { kind: "retry", error: found.error, isAway: true };
      const request = await endpointRequest(settings, {
        requestId: id,
        atMs: run.clock.now(),
        deliveryStreamArn: run.flush.deliveryStreamArn,
        accessKey: found.key,
        records,
      });
      run.measure("DeliveryToHttpEndpoint.ProcessedRecords", records.length);
      run.measure(
        "DeliveryToHttpEndpoint.ProcessedBytes",
        records.reduce((sum, { data }) => sum + data.length, 0),
      );
      return judged(await ports.http.send(request), { requestId: id, isLenient });
    },
  };
}
