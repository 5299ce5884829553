/** Preloaded by what speaks to the emulator: names under `localhost` are this machine, whatever its resolver thinks of them. */
import dns from "node:dns";
import { syncBuiltinESMExports } from "node:module";

const { lookup } = dns;
dns.lookup = (name, options, callback) =>
  lookup(name.endsWith(".localhost") ? "127.0.0.1" : name, options, callback);
syncBuiltinESMExports();
