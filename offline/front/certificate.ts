/**
 * The certificate of the API's port. It is kept and used again, so that a user who made a program trust it need not do
 * so at every start; it is made anew only when it has come to its end, or lacks a name that is asked for now. The key
 * is readable by its owner only.
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";
import { selfSigned, type Identity } from "./x509.ts";

export interface KeptIdentity extends Identity {
  /** What a program must be told to trust. */
  readonly certFile: string;
}

const DAY_MS = 86_400_000;
/** Apple's systems trust none that are longer valid than 825 days. */
const VALID_DAYS = 820;
/** A stack may run for weeks. */
const RENEW_DAYS = 30;

/** Names by which this machine calls itself. */
const LOCAL_NAMES = ["localhost", "127.0.0.1", "::1"] as const;

/** Reads `HYDRANT_TLS_NAMES`: further names by which clients call this machine, comma-separated. */
export function readTlsNames(text: string | undefined): readonly string[] {
  const names = (text ?? "").split(",").flatMap((part) => part.trim() || []);
  for (const name of names) {
    if (isIP(name) === 0 && !/^(\*\.)?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/.test(name)) {
      throw new Error(
        `HYDRANT_TLS_NAMES must name hosts or addresses, such as hydrant,192.168.1.5; got ${name}`,
      );
    }
  }
  return names;
}

export function keepIdentity(
  directory: string,
  furtherNames: readonly string[],
  nowMs: number,
): KeptIdentity {
  const names = [...new Set([...LOCAL_NAMES, ...furtherNames])];
  const certFile = join(directory, "certificate.pem");
  const keyFile = join(directory, "key.pem");
  const kept = readIdentity(keyFile, certFile);
  if (kept !== undefined && serves(kept, names, nowMs)) return { ...kept, certFile };
  const made = selfSigned({
    names,
    // Clocks of containers and machines differ a little.
    fromMs: nowMs - DAY_MS,
    untilMs: nowMs + VALID_DAYS * DAY_MS,
  });
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  replaceFile(keyFile, made.key, 0o600);
  replaceFile(certFile, made.cert, 0o644);
  return { ...made, certFile };
}

function readIdentity(keyFile: string, certFile: string): Identity | undefined {
  try {
    return { key: readFileSync(keyFile, "utf8"), cert: readFileSync(certFile, "utf8") };
  } catch {
    return undefined;
  }
}

function serves({ key, cert }: Identity, names: readonly string[], nowMs: number): boolean {
  try {
    const certificate = new X509Certificate(cert);
    return (
      certificate.checkPrivateKey(createPrivateKey(key)) &&
      Date.parse(certificate.validFrom) <= nowMs &&
      Date.parse(certificate.validTo) > nowMs + RENEW_DAYS * DAY_MS &&
      names.every((name) => isFor(certificate, name))
    );
  } catch {
    // Torn, or not ours.
    return false;
  }
}

function isFor(certificate: X509Certificate, name: string): boolean {
  if (isIP(name) !== 0) return certificate.checkIP(name) !== undefined;
  // A wildcard is no name to be checked against one; it stands there as it was asked for.
  if (name.startsWith("*")) return certificate.subjectAltName?.includes(`DNS:${name}`) ?? false;
  return certificate.checkHost(name) !== undefined;
}

/** Whole or not at all, and with its mode from the first byte on. */
function replaceFile(file: string, text: string, mode: number): void {
  const fresh = `${file}.new`;
  writeFileSync(fresh, text, { mode });
  // The mode of a file that stood there already is its own.
  chmodSync(fresh, mode);
  renameSync(fresh, file);
}
