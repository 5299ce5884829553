/**
 * Puts a text to a URL that was signed by somebody else, as CloudFormation wants its answers. Without a content type,
 * for the signature knows none.
 */
import type { Clock } from "../clock.ts";
import { DECLARED_ANSWER_TIMEOUT_MS } from "../limits.ts";

export async function putAnswer(url: string, text: string, clock: Clock): Promise<void> {
  const tooLate = new AbortController();
  const answered = new AbortController();
  void clock
    .sleep(DECLARED_ANSWER_TIMEOUT_MS, answered.signal)
    .then(() => tooLate.abort(new Error(`no answer in ${DECLARED_ANSWER_TIMEOUT_MS} ms`)));
  try {
    // Bytes: to a text fetch would give a type.
    const response = await fetch(url, {
      method: "PUT",
      body: Buffer.from(text),
      signal: tooLate.signal,
    });
    const body = await response.text();
    if (!response.ok) throw new Error(`the answer was not taken: ${response.status} ${body}`);
  } finally {
    answered.abort();
  }
}
