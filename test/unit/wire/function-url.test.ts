import { expect, it } from "vitest";
import { fromFunctionUrl, type UrlEvent } from "../../../src/wire/function-url.ts";

const EVENT: UrlEvent = {
  rawPath: "/a",
  rawQueryString: "b=%20c&b=d",
  headers: { host: "h", "X-Amz-Target": "S.O", "x-forwarded-proto": "https" },
  requestContext: { requestId: "r", http: { method: "POST", sourceIp: "2001:db8::7" } },
  body: Buffer.from("grüße").toString("base64"),
  isBase64Encoded: true,
};
const signal = new AbortController().signal;

it("reads a function URL's event", () => {
  expect(fromFunctionUrl(EVENT, signal)).toEqual({
    method: "POST",
    paths: ["/a"],
    query: [
      ["b", " c"],
      ["b", "d"],
    ],
    headers: new Map([
      ["host", ["h"]],
      ["x-amz-target", ["S.O"]],
      ["x-forwarded-proto", ["https"]],
    ]),
    origin: { address: "2001:db8::7", isSecure: true },
    body: Buffer.from("grüße"),
    requestId: "r",
    signal,
  });
});

it("takes text as it is, and no body for an empty one", () => {
  const { body: _, ...bodiless } = { ...EVENT, isBase64Encoded: false };
  expect(fromFunctionUrl({ ...bodiless, body: "{}" }, signal).body).toBe("{}");
  expect(fromFunctionUrl(bodiless, signal).body).toBe("");
});
