import { X509Certificate } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { keepIdentity, readTlsNames } from "../../../offline/front/certificate.ts";
import { addressBytes, selfSigned } from "../../../offline/front/x509.ts";

const NOW_MS = Date.parse("2026-05-01T12:00:00Z");
const DAY_MS = 86_400_000;

describe("a certificate that vouches for itself", () => {
  const { cert } = selfSigned({
    names: ["localhost", "127.0.0.1", "::1", "fe80::1:2"],
    fromMs: NOW_MS,
    untilMs: NOW_MS + 820 * DAY_MS,
  });
  const certificate = new X509Certificate(cert);

  it("is signed with its own key", () => {
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkIssued(certificate)).toBe(true);
  });

  it("is for these names and no others", () => {
    expect(certificate.checkHost("localhost")).toBe("localhost");
    expect(certificate.checkHost("example.com")).toBeUndefined();
    for (const address of ["127.0.0.1", "::1", "fe80::1:2"]) {
      expect(certificate.checkIP(address)).toBe(address);
    }
    expect(certificate.checkIP("127.0.0.2")).toBeUndefined();
  });

  it("is no authority, and for servers only", () => {
    expect(certificate.ca).toBe(false);
    // By its type a list of names; these are numbers.
    expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
  });

  it("is valid from and until what was asked for", () => {
    expect(Date.parse(certificate.validFrom)).toBe(NOW_MS);
    expect(Date.parse(certificate.validTo)).toBe(NOW_MS + 820 * DAY_MS);
  });

  it("is read whatever its length", () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,40}$/), {
      minLength: 1,
      maxLength: 60,
    });
    fc.assert(
      fc.property(names, (asked) => {
        const made = selfSigned({ names: asked, fromMs: NOW_MS, untilMs: NOW_MS + DAY_MS });
        const read = new X509Certificate(made.cert);
        expect(read.subjectAltName).toBe(asked.map((name) => `DNS:${name}`).join(", "));
        expect(read.verify(read.publicKey)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});

describe("the bytes of an address", () => {
  it("are those that its longest form spells", () => {
    const groups = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(groups, (numbers) => {
        const spelt = numbers.map((number) => number.toString(16)).join(":");
        const shortest = new URL(`http://[${spelt}]`).hostname.slice(1, -1);
        const bytes = Buffer.from(numbers.flatMap((number) => [number >> 8, number & 0xff]));
        expect(addressBytes(spelt).equals(bytes)).toBe(true);
        expect(addressBytes(shortest).equals(bytes)).toBe(true);
      }),
    );
  });
});

describe("the certificate of a data folder", () => {
  let directory: string;
  beforeEach(() => {
    directory = join(mkdtempSync(join(tmpdir(), "hydrant-tls-")), "tls");
  });
  afterEach(() => rmSync(join(directory, ".."), { recursive: true, force: true }));
  const keep = (names: readonly string[] = [], nowMs = NOW_MS) =>
    keepIdentity(directory, names, nowMs);

  it("is for the loopback and for what the setting names", () => {
    const { cert, certFile } = keep(["hydrant", "192.168.1.5"]);
    expect(readFileSync(certFile, "utf8")).toBe(cert);
    expect(new X509Certificate(cert).subjectAltName).toBe(
      "DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, DNS:hydrant, IP Address:192.168.1.5",
    );
  });

  it("has a key that only its owner reads", () => {
    keep();
    expect(statSync(join(directory, "key.pem")).mode & 0o777).toBe(0o600);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });

  it("is used again, also when fewer names are asked for", () => {
    const first = keep(["hydrant", "*.example.com"]);
    expect(keep(["hydrant", "*.example.com"], NOW_MS + 700 * DAY_MS)).toEqual(first);
    expect(keep()).toEqual(first);
  });

  it.each<[string, readonly string[], number, (() => void)?]>([
    ["another name is asked for", ["hydrant"], 0],
    ["it ends within a month", [], 800],
    ["the clock was set back behind it", [], -2],
    ["its key is torn", [], 0, () => writeFileSync(join(directory, "key.pem"), "-----BEGIN")],
    ["its key is gone", [], 0, () => rmSync(join(directory, "key.pem"))],
    [
      "its key is another's",
      [],
      0,
      () => {
        const other = selfSigned({ names: ["a"], fromMs: NOW_MS, untilMs: NOW_MS + DAY_MS });
        writeFileSync(join(directory, "key.pem"), other.key, { mode: 0o644 });
      },
    ],
  ])("is made anew when %s", (_, names, days, spoil = () => {}) => {
    const first = keep();
    spoil();
    const second = keep(names, NOW_MS + days * DAY_MS);
    expect(second.cert).not.toBe(first.cert);
    expect(keep(names, NOW_MS + days * DAY_MS)).toEqual(second);
    expect(statSync(join(directory, "key.pem")).mode & 0o777).toBe(0o600);
    expect(existsSync(join(directory, "key.pem.new"))).toBe(false);
  });

  it.each(["a b", "http://hydrant", "a..b", "*", "a,,é"])("is not for %j", (text) => {
    expect(() => readTlsNames(text)).toThrow(/^HYDRANT_TLS_NAMES must name hosts/);
  });
});
