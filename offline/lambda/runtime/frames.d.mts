export declare const KIND: {
  readonly invoke: 1;
  readonly ready: 2;
  readonly notReady: 3;
  readonly output: 4;
  readonly returned: 5;
  readonly failed: 6;
  readonly notJson: 7;
  readonly broken: 8;
};
export declare function frame(kind: number, ...parts: readonly Buffer[]): Buffer[];
export declare function frameReader(
  take: (kind: number, body: Buffer) => void,
): (chunk: Buffer) => void;
