import { createServer, request } from "node:http";
import { request as undiciRequest } from "undici";
import { expect, it } from "vitest";
import { refuseLateCalls } from "../../../offline/late-calls.ts";
import { listen } from "../../../offline/listen.ts";
import { amzDate } from "../../../offline/services/signed-at.ts";

/** The SDK's own way, and that of calls which go past it. */
const WAYS = {
  "Node's client": (to: number, at: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      const headers = { "x-amz-date": at };
      const sent = request({ port: to, host: "127.0.0.1", method: "POST", headers });
      sent.once("error", reject);
      sent.once("response", (response) => resolve(response.resume().statusCode));
      sent.end("{}");
    }),
  async undici(to: number, at: string) {
    const { statusCode, body } = await undiciRequest(`http://127.0.0.1:${to}`, {
      method: "POST",
      headers: { host: `127.0.0.1:${to}`, "x-amz-date": at },
      body: "{}",
    });
    await body.dump();
    return statusCode;
  },
};

it.each(Object.entries(WAYS))(
  "keeps what was signed too long ago from being sent through %s, and nothing else",
  async (_way, send) => {
    const seen: (string | undefined)[] = [];
    const servers = [0, 1].map(() =>
      createServer((incoming, response) => {
        seen.push(incoming.headers["x-amz-date"]?.toString());
        response.end();
      }),
    );
    const [port = 0, otherPort = 0] = await Promise.all(servers.map((server) => listen(server, 0)));
    refuseLateCalls(`http://127.0.0.1:${port}`);
    const now = amzDate(Date.now());
    const late = "20260101T000000Z";
    expect(await send(port, now)).toBe(200);
    await expect(send(port, late)).rejects.toMatchObject({
      name: "InvalidSignatureException",
      message: expect.stringMatching(/^Signature expired/) as string,
    });
    expect(await send(port, now)).toBe(200);
    expect(await send(otherPort, late)).toBe(200);
    expect(seen).toEqual([now, now, late]);
    for (const server of servers) {
      server.close();
      server.closeAllConnections();
    }
  },
);
