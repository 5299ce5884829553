/**
 * Key pairs of Snowflake: a token that says who comes, signed with the private key. It names the account as its URL begins and
 * the key by its fingerprint.
 * https://docs.snowflake.com/en/developer-guide/sql-api/authenticating#using-key-pair-authentication
 */
import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
import { SNOWFLAKE_JWT_SECONDS } from "../../../limits.ts";

export interface KeyPair {
  readonly user: string;
  /** PKCS8 in base64, with the lines of PEM around it or without. */
  readonly privateKey: string;
  readonly passphrase?: string | undefined;
}

/** Throws, without a word of the key, where it is none. */
export function readPrivateKey({ privateKey, passphrase }: KeyPair): KeyObject {
  const base64 = privateKey.replaceAll(/-----[A-Z ]+-----|\s/g, "");
  try {
    return createPrivateKey({
      key: Buffer.from(base64, "base64"),
      format: "der",
      type: "pkcs8",
      ...(passphrase && { passphrase }),
    });
  } catch {
    throw new Error("the private key is no RSA key in PKCS8, or its passphrase is another one");
  }
}

export function keyPairToken(accountUrl: string, pair: KeyPair, nowMs: number): string {
  const key = readPrivateKey(pair);
  const subject = `${accountOf(accountUrl)}.${pair.user.toUpperCase()}`;
  const issuedAt = Math.floor(nowMs / 1000);
  const claims = {
    iss: `${subject}.${fingerprint(createPublicKey(key))}`,
    sub: subject,
    iat: issuedAt,
    exp: issuedAt + SNOWFLAKE_JWT_SECONDS,
  };
  const text = [{ alg: "RS256", typ: "JWT" }, claims].map(encoded).join(".");
  return `${text}.${sign("RSA-SHA256", Buffer.from(text), key).toString("base64url")}`;
}

/** `https://xy12345.eu-west-1.snowflakecomputing.com` → `XY12345` */
function accountOf(accountUrl: string): string {
  return new URL(accountUrl).hostname.split(".")[0]!.toUpperCase();
}

/** @param key the public one */
export function fingerprint(key: KeyObject): string {
  const der = key.export({ format: "der", type: "spki" });
  return `SHA256:${createHash("sha256").update(der).digest("base64")}`;
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
