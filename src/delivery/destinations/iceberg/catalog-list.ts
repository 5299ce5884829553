/**
 * The REST catalogs that the deployment lists, as its parameter has them: `lake=https://catalog.example.com/api?warehouse=prod`,
 * comma-separated. What is said behind the question mark is for Hydrant, not for the catalog:
 *
 *   warehouse    which of the catalog's is meant
 *   secret       the ARN of a secret with `token`, or with `clientId` and `clientSecret`
 *   scope        of the token that is asked for
 *   token-url    where it is asked for, if not of the catalog
 *   signing      as which service of AWS requests are signed
 */
import { withoutEnd } from "../../formats/text-values.ts";
import type { RestCatalogPlace } from "./ports.ts";

const MEMBERS: Readonly<Record<string, keyof RestCatalogPlace>> = {
  warehouse: "warehouse",
  secret: "secretArn",
  scope: "scope",
  "token-url": "tokenUrl",
  signing: "signing",
};

/** @throws Error that names what cannot be read, so that a deployment fails at once */
export function readCatalogs(text: string): Readonly<Record<string, RestCatalogPlace>> {
  const catalogs: Record<string, RestCatalogPlace> = {};
  for (const entry of text.split(",").map((one) => one.trim())) {
    if (entry === "" || entry === "*") continue;
    const [, name = "", address = ""] = /^([a-z0-9_-]+)=(.*)$/.exec(entry) ?? [];
    const url = URL.parse(address);
    if (name === "" || url === null) {
      throw new Error(
        `a catalog must be given as name=URL, its name of a-z, 0-9, _ and -, got ${entry}`,
      );
    }
    const place: Record<string, string> = {
      url: withoutEnd(`${url.origin}${url.pathname}`, "/"),
    };
    for (const [option, value] of url.searchParams) {
      const member = Object.hasOwn(MEMBERS, option) ? MEMBERS[option] : undefined;
      if (member === undefined) {
        throw new Error(
          `the catalog ${name} has the option ${option}; there are ${Object.keys(MEMBERS).join(", ")}`,
        );
      }
      place[member] = value;
    }
    catalogs[name] = place as unknown as RestCatalogPlace;
  }
  return Object.freeze(catalogs);
}
