/** Whether a token can be sent as it is: in a header, behind a word and a space. */
export function isTokenText(text: string): boolean {
  return /^[!-~]+$/.test(text);
}
