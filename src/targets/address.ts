/**
 * Addresses that nothing is sent to in a caller's place: this machine, its link (where clouds keep the credentials of a
 * machine), and networks behind whoever calls. By the address that a connection goes to, whatever a name or a notation said:
 * an address of IPv4 is looked for within those of IPv6 that stand for one.
 * https://www.iana.org/assignments/iana-ipv4-special-registry, https://www.iana.org/assignments/iana-ipv6-special-registry
 */
import { BlockList, isIP, isIPv4 } from "node:net";

const LOOPBACK = listOf("127.0.0.0/8", "::1/128");

const NOT_PUBLIC = listOf(
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  // 169.254.169.254, and Lambda's and ECS's own.
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
  "::/128",
  "100::/64",
  // Teredo and the rest of IETF's own; documentation.
  "2001::/23",
  "2001:db8::/32",
  "3fff::/20",
  "5f00::/16",
  "64:ff9b:1::/48",
  // fd00:ec2::254 among them.
  "fc00::/7",
  "fe80::/10",
  "fec0::/10",
  "ff00::/8",
);

function listOf(...ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = "", length = ""] = range.split("/");
    list.addSubnet(address, Number(length), isIPv4(address) ? "ipv4" : "ipv6");
  }
  return list;
}

export interface Reach {
  /** On a laptop: what runs there may be talked to. */
  readonly mayReachLoopback: boolean;
}

/** @param address as `node:net` writes it; anything else is not let through */
export function isReachable(address: string, { mayReachLoopback }: Reach): boolean {
  // Which interface it is on does not change where it leads.
  const plain = address.split("%")[0] ?? "";
  if (isIP(plain) === 0) return false;
  const inner = isIPv4(plain) ? plain : innerIPv4(plain);
  if (inner === undefined) return mayReach(plain, "ipv6");
  return mayReach(inner, "ipv4");

  function mayReach(text: string, family: "ipv4" | "ipv6"): boolean {
    if (LOOPBACK.check(text, family)) return mayReachLoopback;
    return !NOT_PUBLIC.check(text, family);
  }
}

/** Of mapped, translated, compatible, NAT64 and 6to4 addresses: the one that they stand for. */
function innerIPv4(address: string): string | undefined {
  const groups = groupsOf(address);
  const [a = 0, b = 0, c = 0, , , f = 0, g = 0, h = 0] = groups;
  const isZero = (from: number, to: number) => groups.slice(from, to).every((group) => group === 0);
  const isMapped = isZero(0, 5) && f === 0xffff;
  const isTranslated = isZero(0, 4) && groups[4] === 0xffff && f === 0;
  const isNat64 = a === 0x64 && b === 0xff9b && isZero(2, 6);
  // :: and ::1 stand for themselves.
  const isCompatible = isZero(0, 6) && (g !== 0 || h > 1);
  if (isMapped || isTranslated || isNat64 || isCompatible) return quad(g, h);
  return a === 0x2002 ? quad(b, c) : undefined;
}

/** Eight numbers of 16 bits. */
function groupsOf(address: string): readonly number[] {
  const hexadecimal = address.replace(
    /(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/,
    (_, ...bytes: string[]) => {
      const [w = 0, x = 0, y = 0, z = 0] = bytes.slice(0, 4).map(Number);
      return `${(w * 256 + x).toString(16)}:${(y * 256 + z).toString(16)}`;
    },
  );
  const [before = "", after] = hexadecimal.split("::");
  const parse = (text: string) =>
    text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
  const head = parse(before);
  if (after === undefined) return head;
  const tail = parse(after);
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

function quad(high: number, low: number): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}
