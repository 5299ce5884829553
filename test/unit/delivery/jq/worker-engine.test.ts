import { afterAll, describe, expect, it } from "vitest";
import { systemClock } from "../../../../src/clock.ts";
import { workerJq } from "../../../../src/delivery/jq/worker-engine.ts";

const jq = workerJq({ clock: systemClock });
afterAll(() => jq.close());

const NOW_MS = Date.UTC(2026, 6, 13, 14, 5, 6);

/** What jq prints, or what became of it instead. */
async function run(program: string, inputs: readonly string[], engine = jq) {
  const results = await engine.run({ program, inputs, nowMs: NOW_MS });
  return results.map((result) => {
    switch (result.kind) {
      case "outputs":
        return result.values.map((value) => JSON.stringify(value)).join();
      case "error":
        return `error: ${JSON.stringify(result.error)}`;
      case "ended":
        return `ended: ${result.message}`;
      case "stopped":
        return `stopped: ${result.reason}`;
    }
  });
}

describe("jq", () => {
  it("answers each input, in order", async () => {
    const inputs = Array.from({ length: 1000 }, (_, i) => JSON.stringify({ a: i, b: "grüße😀" }));
    expect(await run("[.a, .b]", inputs)).toEqual(
      inputs.map((_, i) => JSON.stringify([i, "grüße😀"])),
    );
  });

  it("takes inputs and gives outputs of a megabyte", async () => {
    const large = JSON.stringify("x".repeat(1_000_000));
    expect(await run(".", [large, "1"])).toEqual([large, "1"]);
  });

  it("knows no time but that of the call, and no time zone", async () => {
    const [now] = await run('[now, (now|localtime|mktime), (now|strflocaltime("%H %Z"))]', ["0"]);
    const seconds = NOW_MS / 1000;
    expect(JSON.parse(now!)).toEqual([seconds, seconds, "14 UTC"]);
  });

  it("knows dates beyond the seconds that 32 bits count", async () => {
    const seconds = ["4102444800", "-2208988800", "1565382027123"];
    const results = await run("[todate, (gmtime | mktime)]", seconds);
    expect(results.map((text) => JSON.parse(text))).toEqual([
      ["2100-01-01T00:00:00Z", 4102444800],
      ["1900-01-01T00:00:00Z", -2208988800],
      ["51574-12-25T12:52:03Z", 1565382027123],
    ]);
    expect(await run("fromdate", ['"2100-01-01T00:00:00Z"'])).toEqual(["4102444800"]);
  });

  it("sees nothing of the process", async () => {
    expect(JSON.parse((await run("env", ["0"]))[0]!)).not.toHaveProperty(
      "PATH",
      process.env["PATH"],
    );
    expect(await run('include "x"; .', ["0"])).toEqual([
      expect.stringMatching(/syntax error, unexpected include/),
    ]);
  });

  it("remembers nothing from call to call", async () => {
    for (let i = 0; i < 3; i++) {
      expect(await run("[., input]", ["1", "2", "3"])).toEqual([
        "[1,2]",
        "ended: ",
        'error: "break"',
      ]);
    }
  });
});

describe("a program that does not compile", () => {
  it.each([
    [".a", undefined],
    ["{a: .b}", undefined],
    ["last(repeat(1))", undefined],
    ["{a: if . then 1 else 2 end}", /^jq: error: syntax error, unexpected if/],
    [".a)|(.b", /^jq: error: syntax error/],
    ["nope", /^jq: error: nope\/0 is not defined at <top-level>, line 1:/],
  ])("%s is told by jq", async (program, message) => {
    const told = await jq.check(program);
    if (message === undefined) expect(told).toBeUndefined();
    else expect(told).toMatch(message);
  });

  it("fails every input in jq's words", async () => {
    expect(await run("{", ["1", "2"])).toEqual(
      Array.from({ length: 2 }, () => expect.stringMatching(/^ended: jq: error: syntax error/)),
    );
  });
});

describe("a program that goes wrong for an input", () => {
  it.each([
    ["if . == 2 then halt else . end", /^ended: $/],
    ["if . == 2 then halt_error else . end", /^ended: $/],
    ["if . == 2 then error else . end", /^error: 2$/],
    ['if . == 2 then error("no") else . end', /^error: "no"$/],
    ["if . == 2 then error(null) else . end", /^$/],
    ["if . == 2 then empty else . end", /^$/],
    ["if . == 2 then .a else . end", /^error: "Cannot index number with string \\"a\\""$/],
    ["if . == 2 then 7, 8 else . end", /^7,8$/],
    ["def f: 1 + f; if . == 2 then f else . end", /^stopped: memory$/],
  ])("%s costs no other's result", async (program, told) => {
    const results = await run(program, ["1", "2", "3"]);
    expect(results).toEqual(["1", expect.stringMatching(told), "3"]);
  });

  it("fails what is nested too deeply, and nothing else", async () => {
    const deep = "[".repeat(300) + "]".repeat(300);
    const [first, second, third] = await run("length", ["[1]", deep, "[1,2]"]);
    expect([first, third]).toEqual(["1", "2"]);
    expect(second).toMatch(/^ended: .*Exceeds depth limit for parsing/);
  });

  it("fails what gives a result that is nested too deeply, and nothing else", async () => {
    const deep = `${"[".repeat(255)}1${"]".repeat(255)}`;
    expect(await run("{id: .}", ["1", deep, "2"])).toEqual([
      '{"id":1}',
      "ended: its result is nested too deeply",
      '{"id":2}',
    ]);
  });

  it.each(["last(repeat(1))", "def f: f; f", "[range(1e9)] | length", "[limit(1e9; repeat(1))]"])(
    "%s ends, and costs no other's result",
    async (program) => {
      const impatient = workerJq({ clock: systemClock, inputMaxMs: 300 });
      const inputs = ["1", "2", "3", "2", "4"];
      const results = await run(`if . == 2 then (${program}) else . end`, inputs, impatient);
      await impatient.close();
      const stopped = expect.stringMatching(/^stopped: (time|memory)$/);
      expect(results).toEqual(["1", stopped, "3", stopped, "4"]);
    },
  );
});
