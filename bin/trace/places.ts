/** Places in minified bundles, and what they are in the sources. What no map is known of stays as it is. */
import { SourceMap, type SourceMapPayload } from "node:module";

/** As V8 writes it into traces, with or without where Lambda keeps a function's code. */
const PLACE = /(?:file:\/\/)?(?:\/var\/task\/)?\b(\w[\w./-]*\.mjs):(\d+):(\d+)/g;

/** @param mapOf the text of a bundle's source map, by the bundle's path in its zip: `handlers/api.mjs` */
export function readTraces(
  mapOf: (bundle: string) => string | undefined,
): (text: string) => string {
  const maps = new Map<string, SourceMap | undefined>();

  function knownMap(bundle: string): SourceMap | undefined {
    if (!maps.has(bundle)) {
      const text = mapOf(bundle);
      const map = text === undefined ? text : new SourceMap(JSON.parse(text) as SourceMapPayload);
      maps.set(bundle, map);
    }
    return maps.get(bundle);
  }

  return (text) =>
    text.replace(PLACE, (place, bundle: string, line: string, column: string) => {
      // V8 counts from one, source maps from zero.
      const entry = knownMap(bundle)?.findEntry(Number(line) - 1, Number(column) - 1);
      if (entry === undefined || !("originalSource" in entry)) return place;
      const source = entry.originalSource.replace(/^(?:\.\.\/)+/, "");
      return `${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
    });
}
