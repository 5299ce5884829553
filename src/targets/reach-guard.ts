/**
 * Connections to hosts that somebody named. Where a name leads is looked at when the connection is made, and it is made to the very address
 * that was looked at: a name that leads elsewhere a moment later, or to several places at once, leads nowhere.
 */
import { lookup as systemLookup, type LookupAddress } from "node:dns";
import type { Agent } from "node:http";
import { isIP, type LookupFunction } from "node:net";
import { isReachable, type Reach } from "./address.ts";
import { noPlace } from "./endpoint.ts";

/** Its name is what a request fails with. */
export class PlaceRefused extends Error {
  override readonly name = "PlaceRefused";
}

/** Of `http` or `https`; every connection that it opens is looked at. */
export function guarded<Guarded extends Agent>(
  agent: Guarded,
  reach: Reach,
  lookup: LookupFunction = systemLookup,
): Guarded {
  const connect = agent.createConnection.bind(agent);
  const look = guardedLookup(reach, lookup);
  agent.createConnection = (options, callback) => {
    const { host = "localhost" } = options as { readonly host?: string };
    // Nobody looks up what is an address already.
    if (isIP(host) !== 0 && !isReachable(host, reach)) throw new PlaceRefused(noPlace(host));
    return connect({ ...options, lookup: look }, callback);
  };
  return agent;
}

/** For whatever takes such a function. All of a name's addresses must do. */
export function guardedLookup(reach: Reach, lookup: LookupFunction = systemLookup): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, options, (error, found, family) => {
      if (error) return callback(error, found, family);
      const addresses = Array.isArray(found) ? found : [{ address: found, family: family ?? 0 }];
      const refused = addresses.find(({ address }: LookupAddress) => !isReachable(address, reach));
      if (refused === undefined && addresses.length > 0) return callback(null, found, family);
      callback(new PlaceRefused(`${hostname}: ${noPlace(refused?.address ?? "nothing")}`), "", 0);
    });
  };
}
