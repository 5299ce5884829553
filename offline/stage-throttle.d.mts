export interface StageThrottle {
  readonly rate: string | number;
  readonly burst: string | number;
}
export interface PatchOperation {
  readonly op: "replace";
  readonly path: string;
  readonly value: string;
}
export function throttleOperations(settings: StageThrottle): readonly PatchOperation[];
export function throttleStage(serverless: unknown, settings: StageThrottle): Promise<void>;
