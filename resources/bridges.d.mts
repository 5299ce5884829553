/** What a deployment makes of its bridges, for tests. */
export interface RenderedFunction {
  readonly name: string;
  readonly handler: string;
  readonly timeout: number;
  readonly memorySize: number;
  readonly reservedConcurrency?: number;
  readonly role: unknown;
  readonly environment: Readonly<Record<string, unknown>>;
}

export interface RenderedResource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

export function renderBridges(
  declared: unknown,
  deployment: {
    readonly stack: string;
    readonly stage: string;
    /** An ARN, or nothing for the stack's own. */
    readonly alarmTopic: string;
    readonly environment: Readonly<Record<string, unknown>>;
  },
): {
  readonly functions: Readonly<Record<string, RenderedFunction>>;
  readonly resources: Readonly<Record<string, RenderedResource>>;
};
