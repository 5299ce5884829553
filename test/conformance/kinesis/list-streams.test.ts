import { expect, it } from "vitest";
import { arnOf } from "./client.ts";
import { conformance, type Subject } from "./conformance.ts";
import { A_NAME, atLeast, bad, TEXT_FOR_INTEGER } from "./sentences.ts";
import { freshStream, sharedStream } from "./streams.ts";

const one = sharedStream();
const other = sharedStream();

type Page = Awaited<ReturnType<Subject<"ListStreams">["call"]>>;

conformance("ListStreams", {
  serialization: {
    "takes no text for a limit": [{ Limit: "2" }, TEXT_FOR_INTEGER],
  },
  validation: {
    "bounds the limit and checks the name": [
      { Limit: 0, ExclusiveStartStreamName: "a b" },
      bad("limit", 0, atLeast(1)),
      bad("exclusiveStartStreamName", "a b", A_NAME),
    ],
  },
  behaviour({ call, refuses, itKnowing }) {
    it("lists names in their order, page by page after the last name", async () => {
      const made = [await one(), await other()];
      const names: string[] = [];
      let page: Page;
      do {
        const ExclusiveStartStreamName = names.at(-1);
        page = await call({
          Limit: 3,
          ...(ExclusiveStartStreamName && { ExclusiveStartStreamName }),
        });
        expect(page.StreamNames!.length).toBeLessThanOrEqual(3);
        names.push(...page.StreamNames!);
      } while (page.HasMoreStreams);
      expect(names).toEqual(expect.arrayContaining(made));
      expect(names).toEqual(names.toSorted());
    });

    itKnowing(["NextToken"], "pages by a token, with a summary of each stream", async () => {
      const StreamName = await freshStream();
      const summaries: NonNullable<Page["StreamSummaries"]> = [];
      let page: Page = {} as Page;
      do {
        const { NextToken } = page;
        page = await call({ Limit: 4, ...(NextToken && { NextToken }) });
        expect(page.StreamSummaries!.map((summary) => summary.StreamName)).toEqual(
          page.StreamNames,
        );
        expect(page.HasMoreStreams).toBe(page.NextToken !== undefined);
        summaries.push(...page.StreamSummaries!);
      } while (page.HasMoreStreams);
      expect(summaries.filter((summary) => summary.StreamName === StreamName)).toEqual([
        {
          StreamName,
          StreamARN: arnOf(StreamName),
          StreamStatus: "ACTIVE",
          StreamModeDetails: { StreamMode: "PROVISIONED" },
          StreamCreationTimestamp: expect.any(Date) as Date,
        },
      ]);
    });

    itKnowing(["NextToken"], "refuses what is no token", async () => {
      await refuses({ NextToken: "x" }, "InvalidArgumentException", "NextToken is invalid.");
    });
  },
});
