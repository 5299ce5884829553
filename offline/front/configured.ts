/** The front as the user's settings want it: where it listens, whom it serves, and by which certificate. */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ACCOUNT_ID } from "../aws-json.ts";
import { claimDirectory, removeUnclaimed, type Claimed } from "../claimed.ts";
import { EVERYWHERE, hostOf, reachWarning } from "../reach.ts";
import type { Settings } from "../settings.ts";
import { keepIdentity, type KeptIdentity } from "./certificate.ts";
import { startFront, type Front } from "./front.ts";
import { withNeighbours } from "./neighbours.ts";

const SCRATCH_PREFIX = "hydrant-tls-";

export interface ConfiguredFront extends Front {
  /** What a program must be told to trust before it speaks TLS to us; absent: TLS is not served. */
  readonly certFile?: string;
}

export async function startConfiguredFront(
  settings: Settings,
  say: (text: string) => void,
  report: (error: unknown) => void,
): Promise<ConfiguredFront> {
  const { port, origins, reach } = settings;
  const scratch = mustForget(settings) ? claimScratch() : undefined;
  const identity = identityOf(settings, scratch?.path ?? join(settings.dataDir ?? "", "tls"));
  let isTold = false;
  const front = await startFront({
    port,
    ...hostOf(reach, "api"),
    origins,
    ...(identity === undefined ? {} : { identity }),
    onUnservedTls() {
      if (!isTold) say(`A client tried TLS on port ${front.port}: "npm start -- --tls" serves it.`);
      isTold = true;
    },
    report,
  });
  const warning = reachWarning(reach);
  if (warning !== undefined) say(warning);
  return {
    ...front,
    open: (serve) => front.open(withNeighbours(serve, ACCOUNT_ID)),
    ...(identity === undefined ? {} : { certFile: identity.certFile }),
    stop() {
      front.stop();
      scratch?.release();
    },
  };
}

/** A stack that keeps nothing has another certificate at every start. */
function mustForget({ tlsNames, dataDir }: Settings): boolean {
  return tlsNames !== undefined && dataDir === undefined;
}

function claimScratch(): Claimed {
  removeUnclaimed(tmpdir(), SCRATCH_PREFIX);
  return claimDirectory(tmpdir(), SCRATCH_PREFIX);
}

function identityOf({ tlsNames, reach }: Settings, directory: string): KeptIdentity | undefined {
  if (tlsNames === undefined) return undefined;
  const { host } = reach;
  const names = host === undefined || EVERYWHERE.has(host) ? tlsNames : [...tlsNames, host];
  return keepIdentity(directory, names, Date.now());
}
