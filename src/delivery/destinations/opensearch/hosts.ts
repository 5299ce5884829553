/** What the names of AWS's own hosts say of domains and collections. */

/** Of AWS's own hosts: `https://search-logs-abc.eu-west-1.es.amazonaws.com`. */
const AWS_HOST =
  /\.(?<region>[a-z]{2}(?:-[a-z]+)+-\d+)\.(?:es|aoss)\.(?:amazonaws\.com(?:\.cn)?|amazonaws\.eu)$/;

/** `undefined`: the host has a name of its own. */
export function regionOfHost(url: string): string | undefined {
  return AWS_HOST.exec(URL.parse(url)?.hostname ?? "")?.groups?.["region"];
}

/** `https://07tjusf2h91cunochc.us-east-1.aoss.amazonaws.com` */
const COLLECTION_HOST = /^(?<id>[a-z0-9]+)\.[a-z0-9-]+\.aoss\./;

/** `undefined`: it is no collection of AWS's. */
export function collectionOf(
  url: string,
): { readonly id: string; readonly region: string } | undefined {
  const region = regionOfHost(url);
  const id = COLLECTION_HOST.exec(URL.parse(url)?.hostname ?? "")?.groups?.["id"];
  return region === undefined || id === undefined ? undefined : { id, region };
}
