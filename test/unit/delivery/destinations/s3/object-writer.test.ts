import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  completeStaged,
  openObjectWriter,
  type ObjectWriterOptions,
  type StagedObject,
} from "../../../../../src/delivery/destinations/s3/object-writer.ts";
import { COMPRESSION_FORMATS } from "../../../../../src/delivery/compression/index.ts";
import type { ObjectStore } from "../../../../../src/delivery/ports.ts";
import {
  memoryObjects,
  type ObjectFaults,
  withFaults,
} from "../../../../../src/storage/memory/objects.ts";

const TARGET = { bucket: "logs", key: "2026/11/23/10/access-logs-1-x" };
const PART_BYTES = 1000;

function writer(objects: ObjectStore, overrides: Partial<ObjectWriterOptions<Uint8Array>> = {}) {
  return openObjectWriter({
    objects,
    target: TARGET,
    format: COMPRESSION_FORMATS.UNCOMPRESSED,
    partBytes: PART_BYTES,
    ...overrides,
  });
}

function bytes(byteCount: number): Buffer {
  return Buffer.from(Array.from({ length: byteCount }, (_, i) => (i * 7919) >> 3));
}

/** The store, and the operations that reached it. */
function recordedObjects(faults: ObjectFaults = {}) {
  const memory = memoryObjects({ partMinBytes: PART_BYTES });
  const operations: string[] = [];
  const objects = withFaults(memory, {
    ...faults,
    before(operation, at) {
      operations.push(operation);
      return faults.before?.(operation, at);
    },
  });
  return { memory, objects, operations };
}

function contents(memory: ReturnType<typeof memoryObjects>): Buffer {
  return Buffer.from(memory.get(TARGET.bucket, TARGET.key)!.body);
}

describe("an object written directly", () => {
  test("goes in one request when it fits one part, to the last byte", async () => {
    const { memory, objects, operations } = recordedObjects();
    const w = writer(objects);
    await w.write(bytes(PART_BYTES - 1));
    await w.write(bytes(1));
    expect(await w.finishDirect()).toBe("written");
    expect(operations).toEqual(["putIfAbsent"]);
    expect(contents(memory).byteLength).toBe(PART_BYTES);
  });

  test("goes in parts when it is larger", async () => {
    const { memory, objects, operations } = recordedObjects();
    const w = writer(objects);
    await w.write(bytes(2 * PART_BYTES + 1));
    expect(await w.finishDirect()).toBe("written");
    expect(operations).toEqual([
      "startUpload",
      "uploadPart",
      "uploadPart",
      "uploadPart",
      "completeIfAbsent",
    ]);
    expect(contents(memory)).toEqual(bytes(2 * PART_BYTES + 1));
  });

  test.each([1, 3 * PART_BYTES])(
    "leaves an object of %i bytes that stands as it is",
    async (size) => {
      const { memory, objects } = recordedObjects();
      const first = writer(objects);
      await first.write(Buffer.from("first"));
      await first.finishDirect();
      const second = writer(objects);
      await second.write(bytes(size));
      expect(await second.finishDirect()).toBe("exists");
      expect(contents(memory).toString()).toBe("first");
      expect(memory.openUploads()).toEqual([]);
    },
  );

  test("is none at all without bytes", async () => {
    for (const compression of ["UNCOMPRESSED", "GZIP"] as const) {
      const { objects, operations } = recordedObjects();
      const w = writer(objects, { format: COMPRESSION_FORMATS[compression] });
      await w.write(new Uint8Array(0));
      expect(await w.finishDirect()).toBe("empty");
      expect(operations).toEqual([]);
    }
  });

  test("fails when its upload was taken away", async () => {
    const { memory, objects } = recordedObjects({
      async before(operation) {
        if (operation === "completeIfAbsent") await memory.abort(memory.openUploads()[0]!);
      },
    });
    const w = writer(objects);
    await w.write(bytes(2 * PART_BYTES));
    await expect(w.finishDirect()).rejects.toThrow("gone");
  });
});

describe("a staged object", () => {
  async function staged(objects: ObjectStore, byteCount: number): Promise<StagedObject> {
    const w = writer(objects);
    await w.write(bytes(byteCount));
    return JSON.parse(JSON.stringify(await w.stage())) as StagedObject;
  }

  test.each([1, PART_BYTES, 2 * PART_BYTES + 5])(
    "of %i bytes appears when it is completed, not before",
    async (size) => {
      const { memory, objects } = recordedObjects();
      const object = await staged(objects, size);
      expect(memory.list()).toEqual([]);
      expect(await completeStaged(objects, object)).toBe("written");
      expect(contents(memory)).toEqual(bytes(size));
      expect(memory.openUploads()).toEqual([]);
    },
  );

  test("may be completed again, also when the first answer was lost", async () => {
    let isFirst = true;
    const { memory, objects } = recordedObjects({
      after(operation) {
        if (operation !== "completeIfAbsent" || !isFirst) return;
        isFirst = false;
        throw new Error("connection reset");
      },
    });
    const object = await staged(objects, 2 * PART_BYTES);
    await expect(completeStaged(objects, object)).rejects.toThrow("connection reset");
    expect(await completeStaged(objects, object)).toBe("exists");
    expect(contents(memory)).toEqual(bytes(2 * PART_BYTES));
  });

  test("gives way to an object that stands, and leaves no upload behind", async () => {
    const { memory, objects } = recordedObjects();
    const [first, second] = [await staged(objects, 10), await staged(objects, 20)];
    expect(await completeStaged(objects, first)).toBe("written");
    expect(await completeStaged(objects, second)).toBe("exists");
    expect(contents(memory)).toEqual(bytes(10));
    expect(memory.openUploads()).toEqual([]);
  });

  test("is lost when its upload was ended from outside", async () => {
    const { objects } = recordedObjects();
    const object = await staged(objects, 10);
    await objects.abort(object);
    expect(await completeStaged(objects, object)).toBe("lost");
  });

  test("is none at all without bytes", async () => {
    const { objects, operations } = recordedObjects();
    expect(await writer(objects, { format: COMPRESSION_FORMATS.GZIP }).stage()).toBeUndefined();
    expect(operations).toEqual([]);
  });
});

describe("contents and headers", () => {
  test("of GZIP are one gzip stream and say so", async () => {
    const { memory, objects } = recordedObjects();
    const w = writer(objects, { format: COMPRESSION_FORMATS.GZIP });
    const lines = Array.from({ length: 20_000 }, (_, i) => Buffer.from(`line ${i * 7919}\n`));
    for (const line of lines) await w.write(line);
    expect(await w.finishDirect()).toBe("written");
    expect(memory.list()[0]).toMatchObject({
      ...TARGET,
      contentType: "application/octet-stream",
      contentEncoding: "gzip",
    });
    expect(gunzipSync(contents(memory)).equals(Buffer.concat(lines))).toBe(true);
  });

  test("of ZIP are those of its key, whenever it is made", async () => {
    const bodies: Buffer[] = [];
    for (const key of ["one", "one", "another"]) {
      const { memory, objects } = recordedObjects();
      const target = { bucket: "logs", key };
      const w = writer(objects, { format: COMPRESSION_FORMATS.ZIP, target });
      await w.write(bytes(10));
      await w.finishDirect();
      bodies.push(Buffer.from(memory.get("logs", key)!.body));
    }
    expect(bodies[1]).toEqual(bodies[0]);
    expect(bodies[2]).not.toEqual(bodies[0]);
  });

  test("of UNCOMPRESSED name no encoding", async () => {
    const { memory, objects } = recordedObjects();
    const w = writer(objects);
    await w.write(bytes(1));
    await w.finishDirect();
    expect(memory.list()[0]).toEqual({
      ...TARGET,
      contentType: "application/octet-stream",
      body: new Uint8Array(bytes(1)),
    });
  });

  test("grow with what is written, up to many parts", async () => {
    const { memory, objects } = recordedObjects();
    const w = writer(objects, { partBytes: 300_000 });
    for (let i = 0; i < 70; i++) await w.write(bytes(10_000));
    await w.finishDirect();
    expect(contents(memory).equals(Buffer.concat(Array(70).fill(bytes(10_000))))).toBe(true);
  });

  test("are what was written, however it was cut and however it ends", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 90 }), { maxLength: 40 }),
        fc.integer({ min: 1, max: 200 }),
        fc.boolean(),
        async (chunks, partBytes, isStaged) => {
          const memory = memoryObjects({ partMinBytes: partBytes });
          const w = writer(memory, { partBytes });
          for (const chunk of chunks) await w.write(chunk);
          if (isStaged) {
            const object = await w.stage();
            if (object !== undefined) await completeStaged(memory, object);
          } else {
            await w.finishDirect();
          }
          const body = memory.get(TARGET.bucket, TARGET.key)?.body;
          expect(Buffer.from(body ?? [])).toEqual(Buffer.concat(chunks));
          expect(body?.byteLength).not.toBe(0);
        },
      ),
    );
  });
});

describe("memory", () => {
  test("holds three parts at the most, and writing goes on while two are on their way", async () => {
    const release: (() => void)[] = [];
    const { objects, operations } = recordedObjects({
      before: (operation) =>
        operation === "uploadPart" ? new Promise((resolve) => release.push(resolve)) : undefined,
    });
    const w = writer(objects);
    await w.write(bytes(3 * PART_BYTES));
    expect(release).toHaveLength(2);
    let isTaken = false;
    const fourth = w.write(bytes(PART_BYTES)).then(() => (isTaken = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(isTaken).toBe(false);
    release[0]!();
    await fourth;
    const finished = w.finishDirect();
    while (operations.at(-1) !== "completeIfAbsent") {
      for (const resolve of release) resolve();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await finished).toBe("written");
  });
});

describe("a failure of the store", () => {
  test.each(["startUpload", "uploadPart"] as const)("in %s reaches the writer", async (failing) => {
    const { objects, memory } = recordedObjects({
      before(operation) {
        if (operation === failing) throw new Error("503 Slow Down");
      },
    });
    const w = writer(objects);
    const writeAll = async () => {
      for (let i = 0; i < 10; i++) await w.write(bytes(PART_BYTES));
      await w.stage();
    };
    await expect(writeAll()).rejects.toThrow("503 Slow Down");
    await w.abort();
    expect(memory.openUploads()).toEqual([]);
  });

  test("while giving up is not heard of", async () => {
    const { objects } = recordedObjects({
      before(operation) {
        if (operation === "abort") throw new Error("503 Slow Down");
      },
    });
    const w = writer(objects);
    await w.write(bytes(2 * PART_BYTES));
    await expect(w.abort()).resolves.toBeUndefined();
  });
});

test("giving up waits for the parts under way before it aborts their upload", async () => {
  const part = Promise.withResolvers<void>();
  const { objects, operations } = recordedObjects({
    before: (operation) => (operation === "uploadPart" ? part.promise : undefined),
  });
  const w = writer(objects);
  await w.write(bytes(PART_BYTES + 1));
  const aborted = w.abort();
  await new Promise((resolve) => setImmediate(resolve));
  expect(operations).toEqual(["startUpload", "uploadPart"]);
  part.resolve();
  await aborted;
  expect(operations).toEqual(["startUpload", "uploadPart", "abort"]);
});

test("giving up leaves neither object nor upload", async () => {
  for (const compression of ["UNCOMPRESSED", "GZIP"] as const) {
    const { memory, objects } = recordedObjects();
    const w = writer(objects, { format: COMPRESSION_FORMATS[compression], partBytes: 100 });
    for (let i = 0; i < 50; i++) await w.write(bytes(30_000));
    await w.abort();
    expect(memory.list()).toEqual([]);
    expect(memory.openUploads()).toEqual([]);
  }
});
