/** What every `ObjectStore` promises, run against S3 and its twin alike. */
import { describe, expect, test } from "vitest";
import type { ObjectStore, ObjectTarget } from "../../src/delivery/ports.ts";

export interface ObjectStoreUnderTest {
  readonly objects: ObjectStore;
  /** An existing bucket. */
  readonly bucket: string;
  readonly missingBucket: string;
  /** Reads around the port. */
  read(
    bucket: string,
    key: string,
  ): Promise<
    | {
        readonly body: Uint8Array;
        readonly contentType: string | undefined;
        readonly contentEncoding: string | undefined;
      }
    | undefined
  >;
}

const PART_MIN_BYTES = 5 * 1024 * 1024;

/** `make` is called once; every test writes under keys of its own. */
export function testObjectStore(make: () => Promise<ObjectStoreUnderTest>): void {
  const made = make();
  let keyCount = 0;

  async function setUp(key = "object") {
    const { objects, bucket, missingBucket, read } = await made;
    keyCount += 1;
    const target: ObjectTarget = {
      bucket,
      key: `${keyCount}/${key}`,
      contentType: "application/octet-stream",
    };
    return { objects, target, missingBucket, stored: () => read(bucket, target.key) };
  }

  describe("a refusal", () => {
    test("says that there is no such bucket", async () => {
      const { objects, target, missingBucket } = await setUp();
      const elsewhere = { ...target, bucket: missingBucket };
      const calls = [
        () => objects.putIfAbsent(elsewhere, Buffer.from("x")),
        () => objects.startUpload(elsewhere),
      ];
      for (const call of calls) {
        const error = await call().then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        expect(objects.refusalOf(error)).toBe("no bucket");
      }
    });

    test("is none where there was no answer", async () => {
      const { objects } = await setUp();
      expect(objects.refusalOf(new Error("socket hang up"))).toBeUndefined();
    });
  });

  describe("a conditional put", () => {
    test("writes the body under its key, with its headers", async () => {
      const { objects, target, stored } = await setUp();
      const body = Buffer.from("contents");
      const outcome = await objects.putIfAbsent({ ...target, contentEncoding: "gzip" }, body);
      expect(outcome).toBe("written");
      const object = await stored();
      expect(Buffer.from(object!.body).toString()).toBe("contents");
      expect(object).toMatchObject({
        contentType: "application/octet-stream",
        contentEncoding: "gzip",
      });
    });

    test("leaves an object that stands as it is", async () => {
      const { objects, target, stored } = await setUp();
      expect(await objects.putIfAbsent(target, Buffer.from("first"))).toBe("written");
      expect(await objects.putIfAbsent(target, Buffer.from("second"))).toBe("exists");
      expect(Buffer.from((await stored())!.body).toString()).toBe("first");
    });

    test("is won by exactly one of several at the same time", async () => {
      const { objects, target, stored } = await setUp();
      const bodies = ["a", "b", "c", "d"].map((letter) => Buffer.from(letter));
      const outcomes = await Promise.all(bodies.map((body) => objects.putIfAbsent(target, body)));
      expect(outcomes.toSorted()).toEqual(["exists", "exists", "exists", "written"]);
      const winner = bodies[outcomes.indexOf("written")]!;
      expect(Buffer.from((await stored())!.body)).toEqual(winner);
    });

    test("takes an empty body and one of six MiB", async () => {
      for (const body of [Buffer.alloc(0), Buffer.alloc(6 * 1024 * 1024, "six MiB ")]) {
        const { objects, target, stored } = await setUp();
        expect(await objects.putIfAbsent(target, body)).toBe("written");
        expect(Buffer.from((await stored())!.body).equals(body)).toBe(true);
      }
    });

    test("keeps the bytes it was given, whatever becomes of the buffer", async () => {
      const { objects, target, stored } = await setUp();
      const body = Buffer.from("..kept..").subarray(2, 6);
      await objects.putIfAbsent(target, body);
      body.fill("x");
      expect(Buffer.from((await stored())!.body).toString()).toBe("kept");
    });

    test.each([
      "a b+c",
      "year=2026/month=11/",
      "!'()*~-_.",
      "100%/%20",
      "ü/日本/🚀",
      "a//b",
      "q?x=1&y=#z",
      "comma,semi;colon:@$",
    ])("takes the key %s", async (key) => {
      const { objects, target, stored } = await setUp(key);
      expect(await objects.putIfAbsent(target, Buffer.from(key))).toBe("written");
      expect(await objects.putIfAbsent(target, Buffer.from("other"))).toBe("exists");
      expect(Buffer.from((await stored())!.body).toString()).toBe(key);
    });
  });

  describe("an upload", () => {
    async function uploaded(...bodies: readonly Uint8Array[]) {
      const context = await setUp();
      const upload = await context.objects.startUpload({
        ...context.target,
        contentEncoding: "gzip",
      });
      const parts = [];
      for (const [i, body] of bodies.entries()) {
        parts.push(await context.objects.uploadPart(upload, i + 1, body));
      }
      return { ...context, upload, parts };
    }

    test("is no object until it is completed", async () => {
      const { objects, upload, parts, stored } = await uploaded(Buffer.from("one small part"));
      expect(await stored()).toBeUndefined();
      expect(await objects.completeIfAbsent(upload, parts)).toBe("written");
      expect(Buffer.from((await stored())!.body).toString()).toBe("one small part");
    });

    test("joins its parts by number, whatever order they came and are named in", async () => {
      const { objects, target, stored } = await setUp();
      const upload = await objects.startUpload({ ...target, contentEncoding: "gzip" });
      const bodies = [1, 2, 3].map((n) => Buffer.alloc(n === 3 ? 10 : PART_MIN_BYTES, String(n)));
      const third = await objects.uploadPart(upload, 3, bodies[2]!);
      const [second, first] = await Promise.all([
        objects.uploadPart(upload, 2, bodies[1]!),
        objects.uploadPart(upload, 1, bodies[0]!),
      ]);
      expect(await objects.completeIfAbsent(upload, [third, first, second])).toBe("written");
      const object = await stored();
      expect(Buffer.from(object!.body).equals(Buffer.concat(bodies))).toBe(true);
      expect(object).toMatchObject({
        contentType: "application/octet-stream",
        contentEncoding: "gzip",
      });
    });

    test("takes the last of a part that was sent twice", async () => {
      const { objects, upload, stored } = await uploaded(Buffer.from("first try"));
      const again = await objects.uploadPart(upload, 1, Buffer.from("second try"));
      expect(await objects.completeIfAbsent(upload, [again])).toBe("written");
      expect(Buffer.from((await stored())!.body).toString()).toBe("second try");
    });

    test("answers that the object exists when it is completed once more", async () => {
      const { objects, upload, parts, stored } = await uploaded(Buffer.from("contents"));
      await objects.completeIfAbsent(upload, parts);
      expect(await objects.completeIfAbsent(upload, parts)).toBe("exists");
      expect(Buffer.from((await stored())!.body).toString()).toBe("contents");
    });

    test("leaves an object that stands as it is", async () => {
      const { objects, target, upload, parts, stored } = await uploaded(Buffer.from("late"));
      await objects.putIfAbsent(target, Buffer.from("first"));
      expect(await objects.completeIfAbsent(upload, parts)).toBe("exists");
      expect(Buffer.from((await stored())!.body).toString()).toBe("first");
    });

    test("wins or loses against others at the same time, and only one wins", async () => {
      const { objects, target, stored } = await setUp();
      const completions = await Promise.all(
        ["a", "b", "c"].map(async (letter) => {
          const upload = await objects.startUpload(target);
          const part = await objects.uploadPart(upload, 1, Buffer.from(letter));
          return () => objects.completeIfAbsent(upload, [part]);
        }),
      );
      const outcomes = await Promise.all([
        ...completions.map((complete) => complete()),
        objects.putIfAbsent(target, Buffer.from("d")),
      ]);
      expect(outcomes.toSorted()).toEqual(["exists", "exists", "exists", "written"]);
      const winner = ["a", "b", "c", "d"][outcomes.indexOf("written")];
      expect(Buffer.from((await stored())!.body).toString()).toBe(winner);
    });

    test("is lost once it is aborted, and may be aborted again", async () => {
      const { objects, upload, parts, stored } = await uploaded(Buffer.from("contents"));
      await objects.abort(upload);
      await objects.abort(upload);
      expect(await objects.completeIfAbsent(upload, parts)).toBe("lost");
      await expect(objects.uploadPart(upload, 1, Buffer.from("x"))).rejects.toThrow();
      expect(await stored()).toBeUndefined();
    });

    test("is not lost where its object was moved to", async () => {
      const { objects, target, upload, parts } = await uploaded(Buffer.from("contents"));
      await objects.abort(upload);
      const movedTo = `redriven/${target.key}`;
      expect(await objects.completeIfAbsent(upload, parts, movedTo)).toBe("lost");
      await objects.putIfAbsent({ ...target, key: movedTo }, Buffer.from("contents"));
      expect(await objects.completeIfAbsent(upload, parts, movedTo)).toBe("exists");
    });

    test("keeps its object when it is aborted after its completion", async () => {
      const { objects, upload, parts, stored } = await uploaded(Buffer.from("contents"));
      await objects.completeIfAbsent(upload, parts);
      await objects.abort(upload);
      expect(Buffer.from((await stored())!.body).toString()).toBe("contents");
    });

    test("stands beside another for the same key", async () => {
      const { objects, target, stored } = await setUp();
      const [one, two] = [await objects.startUpload(target), await objects.startUpload(target)];
      const [partOne] = [
        await objects.uploadPart(one, 1, Buffer.from("one")),
        await objects.uploadPart(two, 1, Buffer.from("two")),
      ];
      await objects.abort(two);
      expect(await objects.completeIfAbsent(one, [partOne])).toBe("written");
      expect(Buffer.from((await stored())!.body).toString()).toBe("one");
    });
  });
}
