import { describe, expect, it } from "vitest";
import { isForeignPage, readOrigins } from "../../../offline/origins.ts";

const BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const NONE = readOrigins(undefined);

describe("pages that call a local port", () => {
  it.each([
    ["a program", {}],
    ["a page of this machine", { origin: "http://localhost:3000" }],
    ["a page of a loopback address", { origin: "https://127.0.0.1:8443" }],
    ["a page of the loopback in IPv6", { origin: "http://[::1]:5173" }],
    ["an address typed into the browser", { "sec-fetch-site": "none" }],
    ["a program that calls this machine by a name", { host: "hydrant:4566" }],
    ["a browser at this machine", { "user-agent": BROWSER, host: "localhost:4566" }],
    ["a browser at an address", { "user-agent": BROWSER, host: "192.168.1.5:4566" }],
    ["a browser at an address in IPv6", { "user-agent": BROWSER, host: "[fd00::5]:4566" }],
    ["a page of this port", { "sec-fetch-site": "same-origin", host: "127.0.0.1:4566" }],
  ])("serves %s", (_, headers) => {
    expect(isForeignPage(headers, NONE)).toBe(false);
  });

  it.each([
    ["a page of another site", { origin: "https://evil.example" }],
    ["a sandboxed frame", { origin: "null" }],
    ["a name that only begins like ours", { origin: "http://localhost.evil.example" }],
    ["a name that only begins like an address", { origin: "http://127.0.0.1.evil.example" }],
    ["what is no origin", { origin: "localhost" }],
    ["an image of another site", { "sec-fetch-site": "cross-site" }],
    ["a sibling of the same site", { "sec-fetch-site": "same-site" }],
    [
      "a name made to resolve here, by plain HTTP",
      { "user-agent": BROWSER, host: "evil.example:4566" },
    ],
    [
      "a name made to resolve here, by HTTP/2",
      { "user-agent": BROWSER, ":authority": "evil.example" },
    ],
    ["a name made to resolve here", { "sec-fetch-site": "same-origin", host: "evil.example:4566" }],
  ])("refuses %s", (_, headers) => {
    expect(isForeignPage(headers, NONE)).toBe(true);
  });

  it("serves the origins that a setting names, and no others", () => {
    const named = readOrigins("https://dash.example.com:8443, http://grafana");
    expect(isForeignPage({ origin: "https://dash.example.com:8443" }, named)).toBe(false);
    expect(isForeignPage({ origin: "http://grafana" }, named)).toBe(false);
    expect(isForeignPage({ origin: "https://dash.example.com" }, named)).toBe(true);
    expect(isForeignPage({ "user-agent": BROWSER, host: "grafana" }, named)).toBe(false);
  });

  it("says which part of the setting is no origin", () => {
    expect(() => readOrigins("http://a.example,b.example/path")).toThrow(/got b\.example\/path/);
  });
});
