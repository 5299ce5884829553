/**
 * AWS identities at Hydrant's door: a proof that STS confirms is exchanged for a key of an hour, under the policy that the
 * deployment lists for its role, and that key is known again by its token. What the list says holds at each call. Strangers
 * may ask for an exchange, so it costs little: what is not of the form is refused unasked, and STS is asked only so often.
 */
import type { Clock } from "../clock.ts";
import { serviceError, type ServiceError } from "../errors.ts";
import {
  IDENTITY_EXCHANGES_AT_ONCE_MAX_COUNT,
  IDENTITY_EXCHANGES_PER_MINUTE_MAX_COUNT,
  SESSION_MAX_MS,
} from "../limits.ts";
import type { Random } from "../random.ts";
import {
  type IdentityProof,
  type IdentityRequest,
  identityRequest,
  parseProof,
} from "./identity-proof.ts";
import { findRole, roleOf, type RoleStore } from "./roles.ts";
import {
  issueToken,
  issuingKey,
  knownKeys,
  openToken,
  type Session,
  sessionSecret,
} from "./sessions.ts";
import type { StoredKey } from "./store.ts";

/** STS. */
export interface IdentityService {
  /** Sends that request, and nothing else. */
  identify(
    request: IdentityRequest,
  ): Promise<
    | { readonly kind: "identity"; readonly arn: string }
    | { readonly kind: "refused"; readonly code: string }
  >;
}

export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiresAtMs: number;
}

export interface AwsIdentities {
  /**
   * Throws what the caller is to be told.
   * @param audience what the proof must have been signed for
   */
  exchange(input: unknown, audience: string): Promise<SessionCredentials>;
  /** `undefined` for tokens that were not issued here, and for roles that are not listed any more. */
  readonly openSession: (token: string) => Promise<StoredKey | undefined>;
}

const ID_PREFIX = "HYS";
const ID_RANDOM_BYTES = 12;
const MINUTE_MS = 60_000;

export function awsIdentities(options: {
  readonly roles: RoleStore;
  readonly sts: IdentityService;
  /** What proofs are signed for, beside the audience. */
  readonly stsHost: string;
  readonly region: string;
  readonly clock: Pick<Clock, "now">;
  readonly random: Random;
}): AwsIdentities {
  const { roles, sts, stsHost, region, clock, random } = options;
  const mayAsk = askingBudget(clock);
  let askingCount = 0;

  async function confirmed(proof: IdentityProof, audience: string): Promise<string> {
    if (askingCount >= IDENTITY_EXCHANGES_AT_ONCE_MAX_COUNT || !mayAsk()) {
      throw serviceError("ThrottlingException", "Rate exceeded");
    }
    askingCount++;
    try {
      const answer = await sts.identify(identityRequest(proof, { host: stsHost, audience }));
      if (answer.kind === "identity") return answer.arn;
      throw serviceError(
        "InvalidSignatureException",
        `STS does not confirm the identity for ${audience}: ${answer.code}.`,
      );
    } finally {
      askingCount--;
    }
  }

  return {
    async exchange(input, audience) {
      const proof = parseProof(input, region, clock.now());
      const [listed, keys] = await Promise.all([roles.list(), roles.sessionKeys()]);
      if (listed.length === 0 || keys === undefined) {
        throw serviceError(
          "AccessDeniedException",
          "This deployment lists no AWS roles: `hydrant roles put` does.",
        );
      }
      const arn = await confirmed(proof, audience);
      const roleArn = roleOf(arn);
      if (roleArn === undefined || findRole(listed, roleArn) === undefined) throw notListed(arn);
      const id = `${ID_PREFIX}${Buffer.from(random.bytes(ID_RANDOM_BYTES)).toString("hex").toUpperCase()}`;
      const nowMs = clock.now();
      const expiresAtMs = nowMs + SESSION_MAX_MS;
      const sessionKey = issuingKey(keys, nowMs);
      const sessionToken = issueToken(sessionKey, { id, arn, expiresAtMs });
      const secretAccessKey = sessionSecret(sessionKey, sessionToken);
      return { accessKeyId: id, secretAccessKey, sessionToken, expiresAtMs };
    },

    async openSession(token) {
      const keys = await roles.sessionKeys();
      const opened = keys && openedBy(knownKeys(keys, clock.now()), token);
      if (opened === undefined) return undefined;
      const { sessionKey, session } = opened;
      const { id, arn, expiresAtMs } = session;
      const role = findRole(await roles.list(), roleOf(arn) ?? "");
      if (role === undefined) return undefined;
      const { pattern, policy, rate, createdAtMs } = role;
      return {
        accessKey: {
          id,
          name: arn,
          arn,
          expiresAtMs,
          createdAtMs,
          ...(policy && { policy }),
          // Whoever has the role may ask for as many keys as he likes.
          ...(rate && { rate, rateAccount: pattern }),
        },
        secretVersion: "",
        openSecret: () => Promise.resolve(sessionSecret(sessionKey, token)),
      };
    },
  };
}

function openedBy(
  keys: readonly Uint8Array[],
  token: string,
): { readonly sessionKey: Uint8Array; readonly session: Session } | undefined {
  for (const sessionKey of keys) {
    const session = openToken(sessionKey, token);
    if (session !== undefined) return { sessionKey, session };
  }
  return undefined;
}

/** In AWS's words. */
function notListed(arn: string): ServiceError {
  return serviceError(
    "AccessDeniedException",
    `User: ${arn} is not authorized to perform: hydrant:GetCredentials because this deployment does not list its role`,
  );
}

/** As many at once as for a minute, then as time brings them. */
function askingBudget(clock: Pick<Clock, "now">): () => boolean {
  const max = IDENTITY_EXCHANGES_PER_MINUTE_MAX_COUNT;
  let left = max;
  let lastMs = clock.now();
  return () => {
    const nowMs = clock.now();
    left = Math.min(max, left + (Math.max(0, nowMs - lastMs) * max) / MINUTE_MS);
    lastMs = nowMs;
    if (left < 1) return false;
    left--;
    return true;
  };
}
