/**
 * Preloaded by what deploys into the emulator: its requests say that they came by TLS, as those to AWS do, for the policy of
 * the framework's bucket denies what came by plain HTTP. The emulator takes a proxy's word for it.
 */
import http from "node:http";
import { syncBuiltinESMExports } from "node:module";

const { request } = http;
http.request = (options, ...others) => {
  const headers = { ...options.headers, "x-forwarded-proto": "https" };
  return request({ ...options, headers }, ...others);
};
syncBuiltinESMExports();
