import { expect, it } from "vitest";
import { readSettings } from "../../../offline/settings.ts";

it("slows answers down by one word only", () => {
  const isPaced = (HYDRANT_PACE: string) => readSettings("/", { HYDRANT_PACE }).isPaced;
  expect([isPaced(""), isPaced("off"), isPaced("aws")]).toEqual([false, false, true]);
  expect(() => isPaced("slow")).toThrow("HYDRANT_PACE must be off or aws, got slow");
});
