/** Glue's clients by region and by the role that acts. */
import { GlueClient, type GlueClientConfig } from "@aws-sdk/client-glue";
import { CLIENTS_MAX_COUNT } from "../../limits.ts";
import { Remembered } from "../remembered.ts";
import type { Roles } from "../sts/roles.ts";

export interface GlueCaller {
  /** Absent: that of the caller. */
  readonly region?: string | undefined;
  /** As the stream names it. */
  readonly roleArn?: string | undefined;
}

/** @param roles absent: all is done under the function's own */
export function glueClients(
  config: GlueClientConfig,
  roles: Pick<Roles, "assumed" | "credentialsOf"> | undefined,
): (caller: GlueCaller) => GlueClient {
  const clients = new Remembered<GlueClient>(CLIENTS_MAX_COUNT);
  return ({ region, roleArn }) => {
    const role = roles?.assumed(roleArn);
    return clients.getOrMake(
      `${region} ${role}`,
      () =>
        new GlueClient({
          ...config,
          ...(region !== undefined && { region }),
          ...(roles && role !== undefined && { credentials: roles.credentialsOf(role) }),
        }),
    );
  };
}
