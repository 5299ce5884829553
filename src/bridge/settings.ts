/**
 * What a bridge is told: the text of one variable, which the deployment makes of a bridge of `bridges.yml`
 * (`resources/bridges.mjs`).
 */
import { SOURCE_KINDS, type SourceKind } from "./sources/sources.ts";

export interface BridgeSettings {
  /** As in `bridges.yml`. */
  readonly bridge: string;
  /** One of the two. */
  readonly stream?: string;
  readonly deliveryStream?: string;
  /** What it may be fed by; all else is refused. */
  readonly sources: readonly SourceKind[];
  /** Those whose partial answers count, for their mappings ask for them. */
  readonly partialAnswers: readonly SourceKind[];
  readonly isRawSns: boolean;
  readonly isWholeSqs: boolean;
}

/** The variable of the function of that bridge. @example "HYDRANT_BRIDGE_audit_logs" of the bridge audit-logs */
export function settingsVariable(bridge: string): string {
  return `HYDRANT_BRIDGE_${bridge.replaceAll("-", "_")}`;
}

/** The bridge of a function's name. @example "audit-logs" of "hydrant-prod-bridge-audit-logs" */
export function bridgeOf(functionName: string, stack: string): string {
  const prefix = `${stack}-bridge-`;
  if (!functionName.startsWith(prefix)) throw new Error(`${functionName} is no bridge`);
  return functionName.slice(prefix.length);
}

export function readSettings(
  bridge: string,
  environment: Readonly<Record<string, string | undefined>>,
): BridgeSettings {
  const variable = settingsVariable(bridge);
  const text = environment[variable];
  if (text === undefined || text === "") throw new Error(`${variable} must be set`);
  const given = JSON.parse(text) as Partial<Omit<BridgeSettings, "bridge">>;
  const { stream, deliveryStream, sources = [], partialAnswers = [] } = given;
  if ((stream === undefined) === (deliveryStream === undefined)) {
    throw new Error(`${variable} must name a stream or a deliveryStream`);
  }
  const unknown = [...sources, ...partialAnswers].find((kind) => !SOURCE_KINDS.includes(kind));
  if (unknown !== undefined) throw new Error(`${variable} names a source that is none: ${unknown}`);
  return {
    bridge,
    ...(stream !== undefined && { stream }),
    ...(deliveryStream !== undefined && { deliveryStream }),
    sources,
    partialAnswers,
    isRawSns: given.isRawSns ?? false,
    isWholeSqs: given.isWholeSqs ?? false,
  };
}
