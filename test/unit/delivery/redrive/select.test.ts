import { expect, test } from "vitest";
import { errorPrefixes } from "../../../../src/delivery/redrive/select.ts";

const SETTINGS = { errorOutputPrefix: "failed/" };

test("a redrive looks where receivers leave what they did not take, if there is one", () => {
  const ofS3 = errorPrefixes(SETTINGS, {});
  const ofReceiver = errorPrefixes({ ...SETTINGS, receiver: {} }, {});
  expect(ofS3).toContain("failed/processing-failed/");
  expect(ofS3).not.toContain("failed/http-endpoint-failed/");
  expect(ofReceiver).toEqual(expect.arrayContaining([...ofS3, "failed/http-endpoint-failed/"]));
});
