/** Where a URL that somebody names may lead, and where it never does. */
import { Agent, createServer, get } from "node:http";
import type { AddressInfo, LookupFunction } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isReachable } from "../../../src/targets/address.ts";
import { endpointProblem } from "../../../src/targets/endpoint.ts";
import { guarded } from "../../../src/targets/reach-guard.ts";

const IN_AWS = { mayReachLoopback: false };
const AT_HOME = { mayReachLoopback: true };

const NEVER = [
  "0.0.0.0",
  "10.0.0.1",
  "100.64.0.1",
  "169.254.169.254",
  "169.254.170.2",
  "172.16.0.1",
  "172.31.255.255",
  "192.168.1.1",
  "198.18.0.1",
  "224.0.0.1",
  "255.255.255.255",
  "::",
  "::ffff:169.254.169.254",
  "::ffff:a9fe:a9fe",
  "::ffff:0:10.0.0.1",
  "::169.254.169.254",
  "64:ff9b::169.254.169.254",
  "64:ff9b:1::1",
  "2002:a9fe:a9fe::1",
  "2002:0a00:0001::",
  "2001:0:a9fe:a9fe::1",
  "fc00::1",
  "fd00:ec2::254",
  "fe80::1",
  "fe80::1%eth0",
  "fec0::1",
  "ff02::1",
  "not an address",
];
const LOOPBACK = ["127.0.0.1", "127.255.0.1", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"];
const PUBLIC = ["1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:1.1.1.1"];

describe("addresses", () => {
  test.each(NEVER)("%s is never reached", (address) => {
    expect([IN_AWS, AT_HOME].map((reach) => isReachable(address, reach))).toEqual([false, false]);
  });
  test.each(LOOPBACK)("%s is reached from a laptop", (address) => {
    expect([IN_AWS, AT_HOME].map((reach) => isReachable(address, reach))).toEqual([false, true]);
  });
  test.each(PUBLIC)("%s is reached", (address) => {
    expect([IN_AWS, AT_HOME].map((reach) => isReachable(address, reach))).toEqual([true, true]);
  });
});

describe("URLs when they are named", () => {
  const everywhere = { ...IN_AWS, patterns: ["*"] };
  test.each([
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0177.0.0.1/",
    "https://127.0.0.1./",
    "https://①②⑦.0.0.1/",
    "https://localhost/",
    "https://LOCALHOST./",
    "https://a.localhost/",
    "https://[::1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::ffff:169.254.169.254]/latest/meta-data/",
    "https://2852039166/latest/meta-data/",
    "https://0xa9.0xfe.0xa9.0xfe/",
    "https://10.1/",
    "https://[fd00:ec2::254]/",
  ])("%s is refused", (url) => {
    expect(endpointProblem(url, everywhere)).toContain("which nothing is sent to");
  });

  test.each([
    ["http://example.com/", "A URL must begin with https://"],
    ["file:///etc/passwd", "A URL must begin with https://"],
    ["ftp://example.com/", "A URL must begin with https://"],
    ["example.com", "is not a URL"],
    ["https://", "is not a URL"],
    ["https://listed.example.com@evil.example/", "neither a user"],
    ["https://example.com/#x", "nor a fragment"],
  ])("%s is refused", (url, message) => {
    expect(endpointProblem(url, everywhere)).toContain(message);
  });

  test("the loopback does on a laptop, and nothing behind it", () => {
    const atHome = { ...AT_HOME, patterns: ["*"] };
    for (const url of ["http://localhost:8088/x", "http://127.1:9/", "https://[::1]/"]) {
      expect(endpointProblem(url, atHome)).toBeUndefined();
    }
    expect(endpointProblem("http://169.254.169.254/", atHome)).toBeDefined();
    expect(endpointProblem("http://192.168.0.1/", atHome)).toBeDefined();
  });

  const patterns = ["https://*.example.com/intake/*", "https://logs.example.org:8443"];
  test.each([
    [true, "https://a.example.com/intake/x"],
    [true, "https://A.Example.COM:443/intake/"],
    [true, "https://logs.example.org:8443/any/thing?q"],
    [false, "https://a.example.com/other"],
    [false, "https://a.example.com/intake/../other"],
    [false, "https://a.example.com/intake/%2e%2e/other"],
    [false, "https://a.example.com:8443/intake/x"],
    [false, "https://example.com/intake/x"],
    [false, "https://evil.example/.example.com/intake/x"],
    [false, "https://evil.example?.example.com/intake/x"],
    [false, "https://logs.example.org/"],
  ])("%s by a list: %s", (is, url) => {
    expect(endpointProblem(url, { ...IN_AWS, patterns }) === undefined).toBe(is);
  });
});

describe("connections", () => {
  let hits = 0;
  const server = createServer((_, response) => {
    hits += 1;
    response.end("reached");
  });
  beforeAll(() => new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve)));
  afterAll(() => void server.close());
  /** Says whatever it is told of every name. */
  const names =
    (...addresses: readonly string[]): LookupFunction =>
    (_, options, callback) => {
      if (options.all)
        callback(
          null,
          addresses.map((address) => ({ address, family: 4 })),
        );
      else callback(null, addresses[0]!, 4);
    };

  async function reach(host: string, mayReachLoopback: boolean, lookup?: LookupFunction) {
    const agent = guarded(new Agent(), { mayReachLoopback }, lookup);
    const { port } = server.address() as AddressInfo;
    try {
      return await new Promise<number>((resolve, reject) => {
        get({ host, port, agent }, (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        }).on("error", reject);
      });
    } catch (error) {
      return (error as Error).name;
    } finally {
      agent.destroy();
    }
  }

  test("go nowhere that a name leads to without being allowed to, whenever it leads there", async () => {
    const before = hits;
    expect(await reach("127.0.0.1", false)).toBe("PlaceRefused");
    expect(await reach("innocent.example", false, names("127.0.0.1"))).toBe("PlaceRefused");
    expect(await reach("both.example", false, names("1.1.1.1", "127.0.0.1"))).toBe("PlaceRefused");
    expect(await reach("metadata.example", true, names("169.254.169.254"))).toBe("PlaceRefused");
    expect(await reach("nowhere.example", true, names())).toBe("PlaceRefused");
    expect(hits).toBe(before);
  });

  test("go to a laptop's own servers", async () => {
    expect(await reach("127.0.0.1", true)).toBe(200);
    expect(await reach("mine.example", true, names("127.0.0.1"))).toBe(200);
  });
});
