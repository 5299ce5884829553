/**
 * A certificate that vouches for itself, by X.509's own encoding: Node makes keys and signatures, and has no builder.
 * It is nobody's authority: who comes to trust it trusts these names, and nothing that is signed with its key.
 */
import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from "node:crypto";
import { isIP } from "node:net";

export interface CertificateRequest {
  /** DNS names and IP addresses. */
  readonly names: readonly string[];
  readonly fromMs: number;
  /** Before 2050, where the encoding of times changes. */
  readonly untilMs: number;
}

/** Both as PEM. */
export interface Identity {
  readonly key: string;
  readonly cert: string;
}

const SUBJECT = "Hydrant on this machine";

const TAG = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8: 0x0c,
  utcTime: 0x17,
  boolean: 0x01,
  sequence: 0x30,
  set: 0x31,
  /** Of the certificate's own numbering. */
  version: 0xa0,
  extensions: 0xa3,
  dnsName: 0x82,
  ipAddress: 0x87,
} as const;

const OID = {
  commonName: "2.5.4.3",
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  subjectKeyIdentifier: "2.5.29.14",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  extendedKeyUsage: "2.5.29.37",
  serverAuth: "1.3.6.1.5.5.7.3.1",
} as const;

/** https://www.rfc-editor.org/rfc/rfc5280#section-4.1 */
export function selfSigned({ names, fromMs, untilMs }: CertificateRequest): Identity {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const algorithm = sequence(oid(OID.ecdsaWithSha256));
  const subject = sequence(
    der(TAG.set, sequence(oid(OID.commonName), der(TAG.utf8, Buffer.from(SUBJECT)))),
  );
  const content = sequence(
    der(TAG.version, der(TAG.integer, Buffer.of(2))),
    der(TAG.integer, serialNumber()),
    algorithm,
    subject,
    sequence(time(fromMs), time(untilMs)),
    subject,
    publicKey.export({ type: "spki", format: "der" }),
    der(TAG.extensions, sequence(...extensions(names, publicKey))),
  );
  const signature = sign("sha256", content, privateKey);
  const certificate = sequence(content, algorithm, bitString(signature));
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: pem(certificate),
  };
}

/** No key usage: the older OpenSSL takes a certificate that names other uses for none that could sign itself. */
function extensions(names: readonly string[], publicKey: KeyObject): readonly Buffer[] {
  const keyId = createHash("sha1").update(publicKey.export({ type: "spki", format: "der" }));
  const isCritical = der(TAG.boolean, Buffer.of(0xff));
  return [
    // Empty: not an authority.
    extension(OID.basicConstraints, sequence(), isCritical),
    extension(OID.extendedKeyUsage, sequence(oid(OID.serverAuth))),
    extension(OID.subjectAltName, sequence(...names.map(generalName))),
    extension(OID.subjectKeyIdentifier, der(TAG.octetString, keyId.digest())),
  ];
}

function extension(id: string, value: Buffer, ...isCritical: Buffer[]): Buffer {
  return sequence(oid(id), ...isCritical, der(TAG.octetString, value));
}

function generalName(name: string): Buffer {
  return isIP(name) === 0
    ? der(TAG.dnsName, Buffer.from(name, "latin1"))
    : der(TAG.ipAddress, addressBytes(name));
}

/** @example addressBytes("::1") // fifteen zeros and a one */
export function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split(".").map(Number));
  const [head = "", tail] = address.split("::");
  const groups = (text: string) => (text === "" ? [] : text.split(":"));
  const before = groups(head);
  const after = groups(tail ?? "");
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => "0");
  const all = [...before, ...zeros, ...after].map((group) => group.padStart(4, "0"));
  return Buffer.from(all.join(""), "hex");
}

/** Positive, and of the same length always. */
function serialNumber(): Buffer {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x3f) | 0x40;
  return bytes;
}

/** `260501120000Z` */
function time(atMs: number): Buffer {
  const digits = new Date(atMs).toISOString().replaceAll(/\D/g, "");
  return der(TAG.utcTime, Buffer.from(`${digits.slice(2, 14)}Z`));
}

/** The first two numbers share a byte; the others stand in groups of seven bits, all but the last of them marked. */
function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split(".").map(Number);
  const bytes = rest.flatMap((number) => {
    const groups = [number & 0x7f];
    for (let left = number >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    return groups;
  });
  return der(TAG.oid, Buffer.of(40 * first + second, ...bytes));
}

function bitString(bytes: Buffer): Buffer {
  return der(TAG.bitString, Buffer.of(0), bytes);
}

function sequence(...parts: Buffer[]): Buffer {
  return der(TAG.sequence, ...parts);
}

/** Tag, length, content; lengths above 127 are written as a count of bytes, and these. */
function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const lengthBytes =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...lengthBytes), content]);
}

function pem(certificate: Buffer): string {
  const lines = certificate.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}
