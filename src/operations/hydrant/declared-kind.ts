/** What the kinds of declared resources have in common: `declared-resource.ts` asks no more of them than this. */
import type { Clock } from "../../clock.ts";
import { DECLARED_POLL_INTERVAL_MS, DECLARED_SETTLE_MAX_MS } from "../../limits.ts";
import type { Right, ServiceTraits } from "../../wire/operation.ts";
import { boolean, type StructureShape } from "../../wire/shape.ts";
import type { DeclaredContext } from "../context.ts";

/** Of what holds data: as long as it is declared so, nothing deletes it, be it with its stack or for another in its place. */
export const protection = { DeletionProtection: boolean() } as const;

type Attributes = Readonly<Record<string, string>>;

/** `Declared`: what `properties` infers. */
export interface DeclaredKind<Declared, Standing> {
  readonly properties: StructureShape;
  readonly traits: Pick<ServiceTraits, "violationValue">;
  /** What the resource is led to, and must not be denied; absent: nothing. */
  rights?(declared: Declared): readonly Right[];
  /** The id of what a request makes. `seed`: a UUID, the same whenever the request comes. */
  newId(declared: Declared, seed: string): string;
  /** What an id names, if it still stands. */
  find(id: string, context: DeclaredContext): Promise<Standing | undefined>;
  /** Whether what it was made on is gone: then it goes, too, before another one is made. */
  isLeftOver(standing: Standing, context: DeclaredContext): Promise<boolean>;
  /** Whether `change` can bring it about; else another one is made. */
  canBecome(standing: Standing, declared: Declared): boolean;
  create(id: string, declared: Declared, context: DeclaredContext): Promise<void>;
  change(standing: Standing, declared: Declared, context: DeclaredContext): Promise<void>;
  remove(standing: Standing, context: DeclaredContext): Promise<void>;
  /** For Fn::GetAtt, once it stands. */
  attributes(id: string, context: DeclaredContext): Attributes | Promise<Attributes>;
}

/** Waits for what was begun, for some time: the rest comes about by itself. */
export async function waitFor(
  { clock }: { readonly clock: Clock },
  isDone: () => Promise<boolean>,
): Promise<void> {
  const deadlineMs = clock.now() + DECLARED_SETTLE_MAX_MS;
  while (!(await isDone()) && clock.now() < deadlineMs) {
    await clock.sleep(DECLARED_POLL_INTERVAL_MS);
  }
}
