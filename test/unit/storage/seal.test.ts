import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { systemRandom } from "../../../src/random.ts";
import { createSeal, sealFromFile } from "../../../src/storage/seal.ts";

const key = new Uint8Array(32).fill(7);
const seal = createSeal(key, systemRandom);
const clear = Buffer.from("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");

describe("a seal", () => {
  it("opens what it closed, and shows nothing of it meanwhile", () => {
    const sealed = Buffer.from(seal.close("access-key#A", clear));
    expect(Buffer.from(seal.open("access-key#A", sealed))).toEqual(clear);
    for (let at = 0; at + 4 <= clear.length; at += 4) {
      expect(sealed.includes(clear.subarray(at, at + 4))).toBe(false);
    }
  });

  it("closes the same text differently each time", () => {
    expect(seal.close("a", clear)).not.toEqual(seal.close("a", clear));
  });

  it.each([
    ["at another place", "access-key#B", (sealed: Uint8Array) => sealed],
    ["that was changed", "access-key#A", (sealed: Uint8Array) => sealed.with(20, 0).with(21, 1)],
    ["that was cut", "access-key#A", (sealed: Uint8Array) => sealed.subarray(0, 20)],
    ["that is empty", "access-key#A", () => new Uint8Array()],
  ])("does not open something %s", (_, place, change) => {
    const sealed = change(seal.close("access-key#A", clear));
    expect(() => seal.open(place, sealed)).toThrow(`${place} was sealed with another key`);
  });

  it("does not open what another key closed", () => {
    const other = createSeal(new Uint8Array(32).fill(8), systemRandom);
    expect(() => other.open("a", seal.close("a", clear))).toThrow("another key");
  });
});

describe("a key's file", () => {
  const directory = mkdtempSync(join(tmpdir(), "hydrant-seal-"));
  const write = (text: string) => {
    const file = join(directory, "key");
    writeFileSync(file, text);
    return file;
  };

  it("holds the key in base64", () => {
    const file = write(`${Buffer.from(key).toString("base64")}\n`);
    const opened = sealFromFile(file, systemRandom)?.open("a", seal.close("a", clear));
    expect(Buffer.from(opened ?? [])).toEqual(clear);
  });

  it("must hold one of the right length", () => {
    expect(() => sealFromFile(write("dG9vIHNob3J0"), systemRandom)).toThrow(
      "must be 32 bytes, got 9",
    );
    rmSync(directory, { recursive: true });
  });

  it("need not be: then nothing is sealed", () => {
    expect(sealFromFile(undefined, systemRandom)).toBeUndefined();
  });
});
