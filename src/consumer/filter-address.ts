/** Addresses of the Internet's two versions, as filter patterns compare them: as numbers, however they are written. */
import { BlockList, isIP } from "node:net";

export type AddressTest = (text: string) => boolean;

const FAMILIES = { 4: "ipv4", 6: "ipv6" } as const;
const BITS = { 4: 32, 6: 128 } as const;

/** `undefined` for what is no range of addresses, such as `10.0.0.0/24`; a single address is none. */
export function addressRange(text: string): AddressTest | undefined {
  const [address = "", bits = "", ...rest] = text.split("/");
  const version = versionOf(address);
  if (version === undefined || rest.length > 0 || !/^\d{1,3}$/.test(bits)) return undefined;
  return Number(bits) < BITS[version] ? inRange(address, version, Number(bits)) : undefined;
}

/** `undefined` for what is no address. `::1` is the same as `0:0:0:0:0:0:0:1`. */
export function sameAddress(text: string): AddressTest | undefined {
  const version = versionOf(text);
  return version && inRange(text, version, BITS[version]);
}

function inRange(address: string, version: 4 | 6, bits: number): AddressTest {
  const range = new BlockList();
  range.addSubnet(address, bits, FAMILIES[version]);
  return (text) => versionOf(text) === version && range.check(text, FAMILIES[version]);
}

/** Forms that mix the two, and those with a zone, are texts. */
function versionOf(text: string): 4 | 6 | undefined {
  if (text.length > ADDRESS_MAX_LENGTH || text.includes("%")) return undefined;
  const version = isIP(text);
  if (version === 6 && text.includes(".")) return undefined;
  return version === 4 || version === 6 ? version : undefined;
}

const ADDRESS_MAX_LENGTH = 39;
