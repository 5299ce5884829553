/** `--help` of the scripts in package.json: asked for, it is all that they do. */
export function answerHelp(text: string): void {
  if (!process.argv.slice(2).some((argument) => argument === "--help" || argument === "-h")) return;
  process.stdout.write(`${text.trim()}\n`);
  process.exit(0);
}
