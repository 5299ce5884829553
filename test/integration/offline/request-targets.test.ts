/** Request targets that no SDK sends, at the running stack: each has an answer, none of them the stack's fault. */
import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, inject, it } from "vitest";

const UNSIGNED = /^HTTP\/1\.1 400 [^]*MissingAuthenticationTokenException/;
const NO_PATH = /^HTTP\/1\.1 404 [^]*There is no such path/;
const MALFORMED = /^HTTP\/1\.1 400 Bad Request/;

/** A call without credentials. */
async function answerTo(target: string): Promise<string> {
  const { hostname, port } = new URL(inject("apiEndpoint"));
  const socket = connect(Number(port), hostname);
  let text = "";
  socket.on("data", (chunk: Buffer) => (text += chunk.toString()));
  socket.write(
    `POST ${target} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nConnection: close\r\nContent-Length: 2\r\n` +
      "Content-Type: application/x-amz-json-1.1\r\nX-Amz-Target: Kinesis_20131202.ListStreams\r\n\r\n{}",
  );
  await once(socket, "close");
  return text;
}

describe("a call of", () => {
  it.each([
    ["/", UNSIGNED],
    ["/?", UNSIGNED],
    ["/?&&=&", UNSIGNED],
    ["/?a=%zz", UNSIGNED],
    ["/a//b", UNSIGNED],
    ["/%2f%2F", UNSIGNED],
    ["/a%00b", UNSIGNED],
    ["/%zz", UNSIGNED],
    ["/../..", UNSIGNED],
    ["/a#b", UNSIGNED],
    ["/\\", UNSIGNED],
    ["/__proto__?__proto__=a", UNSIGNED],
    ["http://127.0.0.1/", UNSIGNED],
    ["http://other.example", UNSIGNED],
    ["//", NO_PATH],
    ["///?a=b", NO_PATH],
    ["*", NO_PATH],
    ["/a b", MALFORMED],
  ])("%s is answered", async (target, expected) => {
    expect(await answerTo(target)).toMatch(expected);
  });
});
