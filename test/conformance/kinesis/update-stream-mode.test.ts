import { expect, it } from "vitest";
import { itWaitsForItsTurn } from "./addressed.ts";
import { arnOf, notFoundText } from "./client.ts";
import { conformance } from "./conformance.ts";
import { bad, missing, oneOf, STRUCTURE_WANTED } from "./sentences.ts";
import { freshName, freshStream, summaryOf, untilActive } from "./streams.ts";

const StreamARN = arnOf("clicks");
const mode = (StreamMode: string) => ({ StreamModeDetails: { StreamMode } });

conformance("UpdateStreamMode", {
  serialization: {
    "takes no text for a structure": [
      { StreamARN, StreamModeDetails: "ON_DEMAND" },
      STRUCTURE_WANTED,
    ],
  },
  validation: {
    "wants an ARN and a mode": [{}, missing("streamARN"), missing("streamModeDetails")],
    "wants a mode in the details": [
      { StreamARN, StreamModeDetails: {} },
      missing("streamModeDetails.streamMode"),
    ],
    "knows two modes": [
      { StreamARN, ...mode("SERVERLESS") },
      bad("streamModeDetails.streamMode", "SERVERLESS", oneOf("PROVISIONED", "ON_DEMAND")),
    ],
  },
  behaviour(subject) {
    const { call, refuses } = subject;
    itWaitsForItsTurn(subject, (name) => ({ StreamARN: arnOf(name), ...mode("PROVISIONED") }));

    it("finds nothing where nothing is", async () => {
      const name = freshName();
      await refuses(
        { StreamARN: arnOf(name), ...mode("ON_DEMAND") },
        "ResourceNotFoundException",
        notFoundText(name),
      );
    });

    it("switches twice within a day, and leaves the shards as they are", async () => {
      const name = await freshStream({ ShardCount: 2 });
      const address = { StreamARN: arnOf(name) };
      expect(await call({ ...address, ...mode("ON_DEMAND") })).toEqual({});
      await untilActive(name);
      expect(await summaryOf(name)).toMatchObject({ ...mode("ON_DEMAND"), OpenShardCount: 2 });
      await call({ ...address, ...mode("PROVISIONED") });
      await untilActive(name);
      expect(await summaryOf(name)).toMatchObject(mode("PROVISIONED"));
      await refuses(
        { ...address, ...mode("ON_DEMAND") },
        "LimitExceededException",
        /was changed 2 times within 24 hours/,
      );
    });
  },
});
