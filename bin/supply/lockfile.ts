/** What package-lock.json says of each package that is installed. https://docs.npmjs.com/cli/configuring-npm/package-lock-json */

export interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly integrity?: string;
  /** Only where the lockfile names where it is from; ours leaves that to the registry. */
  readonly resolved?: string;
  /** Nothing of it is deployed. */
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly hasInstallScript?: boolean;
}

export interface Lockfile {
  readonly lockfileVersion: number;
  /** By their folders; the project's own is `""`. */
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

export interface Manifest {
  readonly [kind: string]: unknown;
}

/** A package, named as `fast-check@4.10.2`. */
export function packagesOf({ packages }: Lockfile): readonly (LockedPackage & { name: string })[] {
  return Object.entries(packages).flatMap(([folder, locked]) => {
    if (folder === "") return [];
    const id = folder.slice(folder.lastIndexOf("node_modules/") + "node_modules/".length);
    return [{ ...locked, name: `${id}@${locked.version ?? "?"}` }];
  });
}
