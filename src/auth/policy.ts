/**
 * What may be done, in the manner of IAM: statements that allow or deny actions on resources, under conditions. This is
 * how policies are kept; `policy-document.ts` reads what people write, `decide.ts` says what follows.
 */

export interface Statement {
  readonly effect: "allow" | "deny";
  /** `firehose:PutRecord`, `firehose:*`; compared without regard to case. */
  readonly actions: readonly string[];
  /** `arn:aws:firehose:us-east-1:000000000000:deliverystream/logs-*`, `*` */
  readonly resources: readonly string[];
  /** All of them must hold; absent: none has to. */
  readonly conditions?: readonly Condition[];
  /** Whom it is about; only in the policies of resources, and in all of theirs. */
  readonly principals?: readonly string[];
}

export interface Condition {
  /** `StringLike`: without what stands before or behind it. */
  readonly operator: string;
  /** `aws:SourceIp`, `aws:ResourceTag/team`, as it was written. */
  readonly key: string;
  readonly values: readonly string[];
  /** Of keys that may have several values. */
  readonly set?: "any" | "all";
  /** It holds as well where the key has no value. */
  readonly ifExists?: true;
}

export interface Policy {
  readonly statements: readonly Statement[];
}
