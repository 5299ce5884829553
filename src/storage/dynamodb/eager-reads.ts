/**
 * Reads of who reads much: past the SDK's middleware, which takes longer for a page of blocks than what is done with it.
 * Whatever fails goes the SDK's way at once, with its repeats and its clock: a read may be done twice.
 */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { type ItemReads, patientCalls, promptCalls } from "./prompt-calls.ts";

export function eagerReads(client: DynamoDBClient): ItemReads {
  const prompt = promptCalls(client);
  const patient = patientCalls(client);
  return {
    getItem: (input) => prompt.getItem(input).catch(() => patient.getItem(input)),
    query: (input) => prompt.query(input).catch(() => patient.query(input)),
  };
}
