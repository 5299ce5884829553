/**
 * Whether what is installed is what was looked at: exact versions, a checksum for each package, no source beside the registry,
 * and no program that runs at installation but those that are known.
 */
import { type Lockfile, type Manifest, packagesOf } from "./lockfile.ts";

const KINDS = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];

/** `4.1.0`, or `npm:osls@4.3.1` under another name. */
const EXACT = /^(npm:(@[\w.-]+\/)?[\w.-]+@)?\d+\.\d+\.\d+(-[\w.-]+)?$/;

/** By name: what they do there. */
const INSTALL_SCRIPTS: ReadonlySet<string> = new Set([
  // Builds itself where no ready program fits.
  "@parcel/watcher",
  // Looks that its program is the platform's.
  "esbuild",
  // Prints an appeal.
  "es5-ext",
]);

/** A sentence for each version that may change by itself. */
export function versionProblems(manifest: Manifest): readonly string[] {
  return KINDS.flatMap((kind) =>
    Object.entries((manifest[kind] ?? {}) as Readonly<Record<string, string>>).flatMap(
      ([name, version]) => (EXACT.test(version) ? [] : [`${kind}: ${name} is ${version}`]),
    ),
  );
}

/** A sentence for each package that could be another than was looked at. */
export function lockProblems(lockfile: Lockfile): readonly string[] {
  return packagesOf(lockfile).flatMap((locked) => {
    const { name, integrity = "", resolved, hasInstallScript = false } = locked;
    const id = name.slice(0, name.lastIndexOf("@"));
    return [
      ...(integrity.startsWith("sha512-") ? [] : [`${name} has no SHA-512 checksum`]),
      ...(resolved === undefined ? [] : [`${name} is from ${resolved}`]),
      ...(hasInstallScript && !INSTALL_SCRIPTS.has(id)
        ? [`${name} runs a program when it is installed`]
        : []),
    ];
  });
}
