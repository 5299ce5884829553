import { expect, it } from "vitest";
import {
  boolean,
  integer,
  list,
  map,
  string,
  structure,
  timestamp,
} from "../../../src/wire/shape.ts";
import { decodeTextProperties } from "../../../src/wire/text-properties.ts";

const shape = structure({
  Count: integer(),
  Name: string(),
  At: timestamp(),
  IsOn: boolean(),
  Deep: structure({ Counts: list(integer()), ByName: map(string(), integer()) }),
});

it("makes numbers, times and booleans of texts, however deep", () => {
  const given = {
    Count: "100",
    Name: "100",
    At: "1700000000.5",
    IsOn: "false",
    Deep: { Counts: ["1", "-1"], ByName: { a: "2" } },
  };
  expect(decodeTextProperties(shape, given)).toEqual({
    Count: 100,
    Name: "100",
    At: new Date(1_700_000_000_500),
    IsOn: false,
    Deep: { Counts: [1, -1], ByName: { a: 2 } },
  });
});

it("takes what comes with its own type", () => {
  expect(decodeTextProperties(shape, { Count: 7, IsOn: true })).toEqual({ Count: 7, IsOn: true });
});

it.each(["", " ", "many", "1e999"])("refuses the number %j in the decoder's words", (Count) => {
  expect(() => decodeTextProperties(shape, { Count })).toThrow(
    "class java.lang.String can not be converted to an Integer",
  );
});
