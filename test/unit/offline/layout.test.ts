import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { claimLayout } from "../../../offline/layout.ts";

describe("a data folder", () => {
  const scratch = mkdtempSync(join(tmpdir(), "hydrant-layout-"));
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  function folder(name: string): string {
    const made = join(scratch, name);
    mkdirSync(made);
    return made;
  }

  it("is taken again and again by the version that filled it", () => {
    const made = folder("present");
    claimLayout(made);
    mkdirSync(join(made, "dynamodb"));
    claimLayout(made);
  });

  it("of an older version is refused by a sentence that says what to do, and left as it is", () => {
    const made = folder("older");
    mkdirSync(join(made, "dynamodb"));
    expect(() => claimLayout(made)).toThrow(
      `the data in ${made} have layout 1 of another version, and this one reads layout 4; ` +
        "let that version deliver what waits, then set HYDRANT_DATA_DIR to another directory, or remove the data with --reset",
    );
    expect(existsSync(join(made, "layout"))).toBe(false);
  });

  it("of the version before is taken where its layout is read, and then that version refuses it", () => {
    const made = folder("before");
    claimLayout(made, "4", ["4"]);
    mkdirSync(join(made, "dynamodb"));
    claimLayout(made, "5", ["4", "5"]);
    expect(() => claimLayout(made, "4", ["4"])).toThrow(
      "have layout 5 of another version, and this one reads layout 4; ",
    );
    expect(() => claimLayout(made, "7", ["6", "7"])).toThrow("reads layout 6 and 7; ");
  });

  it("of a later version is refused, too", () => {
    const made = folder("later");
    writeFileSync(join(made, "layout"), "5\n");
    expect(() => claimLayout(made)).toThrow("have layout 5 of another version");
  });
});
