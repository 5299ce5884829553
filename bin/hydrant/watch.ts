/** `--watch`: the same view again and again, until Ctrl-C. */
import { setTimeout as sleep } from "node:timers/promises";

const INTERVAL_MS = 2000;
/** Cursor to the top left, and what is below it erased: less flicker than an erased screen. */
const HOME = "\u001B[H\u001B[J";

/** Prints `view` once, or every two seconds; a view that fails is shown as such, and tried again. */
export async function show(view: () => Promise<string>, isWatching: boolean): Promise<void> {
  if (!isWatching) return console.log(await view());
  const start = process.stdout.isTTY ? HOME : "";
  for (;;) {
    const text = await view().catch((error: unknown) => String(error));
    console.log(`${start}${new Date().toLocaleTimeString()}\n${text}`);
    await sleep(INTERVAL_MS);
  }
}
