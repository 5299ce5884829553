/** Every shape in the tables of operations and in those of declared resources, with the place where it stands. */
import { DECLARED_KINDS } from "../../../src/operations/hydrant/declared-resource.ts";
import { SERVICES } from "../../../src/operations/services.ts";
import type { Shape } from "../../../src/wire/shape.ts";

export interface PlacedShape {
  /** `kinesis:PutRecords.Records.member.Data` */
  readonly place: string;
  readonly shape: Shape;
}

export function everyShape(): readonly PlacedShape[] {
  const inputs = SERVICES.flatMap(({ signingName, operations }) =>
    [...operations].flatMap(([name, row]) =>
      row.kind === "operation" ? [{ place: `${signingName}:${name}`, shape: row.input }] : [],
    ),
  );
  const declared = Object.entries(DECLARED_KINDS).map(([place, { properties }]) => ({
    place,
    shape: properties,
  }));
  return [...inputs, ...declared].flatMap(withInner);
}

function withInner({ place, shape }: PlacedShape): readonly PlacedShape[] {
  const inner = (step: string, member: Shape) =>
    withInner({ place: `${place}.${step}`, shape: member });
  switch (shape.kind) {
    case "list":
      return [{ place, shape }, ...inner("member", shape.member)];
    case "map":
      return [{ place, shape }, ...inner("key", shape.key), ...inner("value", shape.value)];
    case "structure":
      return Object.entries(shape.members).flatMap(([name, member]) => inner(name, member));
    default:
      return [{ place, shape }];
  }
}
