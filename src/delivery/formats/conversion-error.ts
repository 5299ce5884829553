/**
 * Why a record, or a whole batch, cannot be converted: AWS's codes and its sentences. The details behind a sentence
 * are Java's, from the SerDes that AWS runs, as far as others have seen them; what nobody has seen is in our words.
 * https://docs.aws.amazon.com/firehose/latest/dev/record-format-conversion-error-handling.html
 */

import { DOCUMENTS_PER_RECORD_MAX_COUNT } from "../../limits.ts";
import type { TableRefusal } from "../ports.ts";

export interface ConversionError {
  readonly errorCode: string;
  readonly errorMessage: string;
}

/** @param detail what Jackson would say, with the place */
export function malformedJson(detail: string): ConversionError {
  return {
    errorCode: "DataFormatConversion.ParseError",
    errorMessage: `Encountered malformed JSON. ${detail}`,
  };
}

export function mismatch(detail: string): ConversionError {
  return malformedData(`Data does not match the schema. ${detail}`);
}

/** The SerDe's own look at a record before it reads it: a nested value in a column that holds none. */
export const INCORRECT_FIELD = malformedData(
  "One or more fields have incorrect format. Exception when validating field (root)",
);

export const EMPTY_RECORD = malformedData("The record was empty or contained only whitespace.");

export const TOP_LEVEL_PRIMITIVE = malformedData(
  "The input JSON contained a primitive at the top level. The top level must be an object or array.",
);

/** Documented as no valid input. */
export const TOP_LEVEL_ARRAY = mismatch(
  "The input JSON contained an array at the top level. Several documents of a record stand one behind the other.",
);

/** AWS names no bound. */
export const TOO_MANY_DOCUMENTS = malformedData(
  `The record holds more than ${DOCUMENTS_PER_RECORD_MAX_COUNT} JSON documents.`,
);

/** @param detail of `readSchema` */
export function invalidSchema(detail: string): ConversionError {
  return {
    errorCode: "DataFormatConversion.InvalidSchema",
    errorMessage: `The schema of the table cannot be converted: ${detail}.`,
  };
}

export const NO_COLUMNS: ConversionError = {
  errorCode: "DataFormatConversion.NonExistentColumns",
  errorMessage:
    "Could not find a matching schema from glue. Please make sure the table is configured with a non-null storage descriptor containing the target columns.",
};

/** @param what such as `the table analytics.events` */
export function tableNotFound(what: string): ConversionError {
  return {
    errorCode: "DataFormatConversion.EntityNotFound",
    errorMessage: `Glue did not find ${what}: the names, the catalog and the region in the schema configuration must be those of a table that exists.`,
  };
}

/** @param detail what Glue said */
export function tableRefused(reason: TableRefusal, what: string, detail: string): ConversionError {
  return {
    errorCode: `DataFormatConversion.${reason}`,
    errorMessage: `Glue refuses to show ${what}. ${detail}`,
  };
}

/** Thrown while one record is read, and caught by its reader: nobody else sees it. */
export class Unconvertible extends Error {
  readonly reason: ConversionError;

  constructor(reason: ConversionError) {
    super(reason.errorMessage);
    this.reason = reason;
  }
}

/** @example throw unfit('For input string: "oops"') */
export function unfit(detail: string): Unconvertible {
  return new Unconvertible(mismatch(detail));
}

function malformedData(errorMessage: string): ConversionError {
  return { errorCode: "DataFormatConversion.MalformedData", errorMessage };
}
