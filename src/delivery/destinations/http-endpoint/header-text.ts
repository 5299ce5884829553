/** Whether a header can hold it: no ends of lines, no other control characters but tabs. */
export function isHeaderText(text: string): boolean {
  // oxlint-disable-next-line no-control-regex
  return !/[\u0000-\u0008\u000a-\u001f\u007f]/.test(text);
}
