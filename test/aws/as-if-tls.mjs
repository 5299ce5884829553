/** Preloaded by who deploys: the emulator speaks http, and has buckets that take TLS only believe what a proxy says. */
import { subscribe } from "node:diagnostics_channel";

subscribe("http.client.request.created", ({ request }) => {
  request.setHeader("x-forwarded-proto", "https");
});
