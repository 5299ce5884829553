/** The one part of undici that is used. Its front door loads all of it, which takes four times as long at a cold start. */
declare module "undici/lib/dispatcher/pool.js" {
  import { Pool } from "undici";
  export default Pool;
}
