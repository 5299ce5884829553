import { describe, expect, test } from "vitest";
import { SENTENCE_MAX_LENGTH } from "../../src/limits.ts";
import { ERRORS, serviceError, ServiceError, toServiceError } from "../../src/errors.ts";

describe("the error table", () => {
  test("answers 400 for the client's faults and 500 for ours, which SDKs retry", () => {
    const { RequestEntityTooLargeException, ...usual } = ERRORS;
    expect(RequestEntityTooLargeException.status).toBe(413);
    for (const { status, fault, retryable } of Object.values(usual)) {
      expect(status).toBe(fault === "client" ? 400 : 500);
      if (fault === "server") expect(retryable).toBe(true);
    }
  });

  test("gives an error its row", () => {
    expect(serviceError("ThrottlingException", "Rate exceeded").row).toEqual({
      status: 400,
      fault: "client",
      retryable: true,
    });
  });
});

describe("what a caller sees", () => {
  test("is no longer than its bound, whatever was sent", () => {
    const { message } = serviceError(
      "InvalidArgumentException",
      `${"a".repeat(1_000_000)} is bad.`,
    );
    expect(message).toBe(`${"a".repeat(SENTENCE_MAX_LENGTH)}...`);
  });

  test("is a service error as it was thrown, with its further members", () => {
    const error = serviceError("InvalidKMSResourceException", "no", { code: "KMS.Disabled" });
    expect(toServiceError(error)).toBe(error);
    expect(error).toBeInstanceOf(ServiceError);
    expect(error.members).toEqual({ code: "KMS.Disabled" });
  });

  test("is InternalFailure without a detail for anything else", () => {
    const error = toServiceError(new Error("password=hunter2"));
    expect(error.name).toBe("InternalFailure");
    expect(error.row.status).toBe(500);
    expect(error.message).not.toContain("hunter2");
  });
});
