/**
 * The rules of filters, read a second time and without any thought of what it costs: every value with the elements of
 * lists that it lies in, every condition tried with every value. For records and patterns of `filterPair`.
 */
interface Value {
  readonly path: string;
  /** Numbers as `{ digits }`. */
  readonly leaf: unknown;
  /** By list, which of its elements. */
  readonly lies: ReadonlyMap<unknown, number>;
}

type Condition = readonly unknown[];
type Branch = Readonly<Record<string, Condition>>;

interface Digits {
  readonly digits: string;
}

/** Neither may have a member twice. */
export function naiveFilter(pattern: string, data: string): boolean {
  const values = valuesIn(read(data), "", new Map());
  return branchesOf(read(pattern), "", [{}]).some((branch) => {
    const paths = Object.keys(branch).toSorted();
    return meets(
      paths.map((path) => [path, branch[path]!] as const),
      values,
      new Map(),
    );
  });
}

/** `JSON.parse`, and numbers as they are written. */
function read(text: string): unknown {
  type Reviver = (key: string, value: unknown, context: { readonly source: string }) => unknown;
  const reviver: Reviver = (_key, value, { source }) =>
    typeof value === "number" ? { digits: source } : value;
  return JSON.parse(text, reviver as (key: string, value: unknown) => unknown);
}

function isDigits(value: unknown): value is Digits {
  return typeof value === "object" && value !== null && "digits" in value;
}

function valuesIn(
  value: unknown,
  path: string,
  lies: ReadonlyMap<unknown, number>,
): readonly Value[] {
  if (Array.isArray(value)) {
    return value.flatMap((each: unknown, i) => {
      const isDeeper = typeof each === "object" && each !== null && !isDigits(each);
      return valuesIn(each, path, isDeeper ? new Map(lies).set(value, i) : lies);
    });
  }
  if (typeof value !== "object" || value === null || isDigits(value))
    return [{ path, leaf: value, lies }];
  return Object.entries(value).flatMap(([name, inner]) =>
    valuesIn(inner, path === "" ? name : `${path}.${name}`, lies),
  );
}

function branchesOf(pattern: unknown, path: string, before: readonly Branch[]): readonly Branch[] {
  let branches = before;
  for (const [name, inner] of Object.entries(pattern as object) as [string, unknown][]) {
    const at = path === "" ? name : `${path}.${name}`;
    if (name === "$or") {
      branches = (inner as unknown[]).flatMap((each) => branchesOf(each, path, branches));
    } else if (Array.isArray(inner)) {
      branches = branches.map((branch) => ({ ...branch, [at]: inner as Condition }));
    } else branches = branchesOf(inner, at, branches);
  }
  return branches;
}

function meets(
  [first, ...rest]: readonly (readonly [string, Condition])[],
  values: readonly Value[],
  chosen: ReadonlyMap<unknown, number>,
): boolean {
  if (first === undefined) return true;
  const [path, condition] = first;
  const there = values.filter(
    (value) =>
      value.path === path && [...value.lies].every(([list, i]) => (chosen.get(list) ?? i) === i),
  );
  const isAbsenceWanted = condition.some((one) => operandOf(one, "exists") === false);
  if (there.length === 0 && isAbsenceWanted && meets(rest, values, chosen)) return true;
  return there.some(
    ({ leaf, lies }) =>
      condition.some((one) => passes(one, leaf)) &&
      meets(rest, values, new Map([...chosen, ...lies])),
  );
}

function operandOf(comparison: unknown, name: string): unknown {
  return typeof comparison === "object" && comparison !== null
    ? (comparison as Record<string, unknown>)[name]
    : undefined;
}

function passes(wanted: unknown, leaf: unknown): boolean {
  if (typeof wanted !== "object" || wanted === null || isDigits(wanted))
    return isSame(wanted, leaf);
  const [[name, operand]] = Object.entries(wanted) as [[string, unknown]];
  switch (name) {
    case "exists":
      return operand === true;
    case "anything-but": {
      if (typeof operand === "object" && !Array.isArray(operand) && !isDigits(operand)) {
        const [[inner, texts]] = Object.entries(operand as object) as [[string, unknown]];
        return [texts].flat().every((text) => !passes({ [inner]: text }, leaf));
      }
      return [operand].flat().every((one) => !isSame(one, leaf, "by letters"));
    }
    case "numeric": {
      const [sign, bound, ...others] = operand as readonly unknown[];
      const isIn = compares(sign, numberOf(leaf), numberOf(bound));
      return isIn && (others.length === 0 || passes({ numeric: others }, leaf));
    }
    default:
      return typeof leaf === "string" && textPasses(name, operand, leaf);
  }
}

function textPasses(name: string, operand: unknown, text: string): boolean {
  const ignoringCase = operandOf(operand, "equals-ignore-case");
  if (typeof ignoringCase === "string") {
    return textPasses(name, ignoringCase.toLowerCase(), text.toLowerCase());
  }
  const wanted = operand as string;
  switch (name) {
    case "exactly":
      return text === wanted;
    case "prefix":
      return text.startsWith(wanted);
    case "suffix":
      return text.endsWith(wanted);
    case "equals-ignore-case":
      return text.toLowerCase() === wanted.toLowerCase();
    case "wildcard":
      return globExpression(wanted).test(text);
    case "cidr": {
      const [network = "", bits = ""] = wanted.split("/");
      const [one, other] = [addressBits(network), addressBits(text)];
      const isAlike = one !== undefined && other !== undefined && one.length === other.length;
      return isAlike && one.slice(0, Number(bits)) === other.slice(0, Number(bits));
    }
    default:
      throw new Error(`${name} is not drawn`);
  }
}

function globExpression(glob: string): RegExp {
  const source = glob.replaceAll(/\\?[^]/gu, (piece) =>
    piece === "*" ? "[^]*" : piece.replace(/^\\(?=.)/u, "").replace(/[\\*.]/u, "\\$&"),
  );
  return new RegExp(`^${source}$`, "u");
}

/** Texts are the same as addresses, too, unless they are compared by their letters. */
function isSame(one: unknown, other: unknown, how?: "by letters"): boolean {
  if (isDigits(one) && isDigits(other)) {
    const [a, b] = [numberOf(one), numberOf(other)];
    return a === undefined && b === undefined ? one.digits === other.digits : a === b;
  }
  if (typeof one !== "string" || typeof other !== "string" || how !== undefined)
    return one === other;
  const [a, b] = [addressBits(one), addressBits(other)];
  return a === undefined ? one === other : a === b;
}

function compares(sign: unknown, a: number | undefined, b: number | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  if (sign === "=") return a === b;
  if (sign === ">") return a > b;
  if (sign === ">=") return a >= b;
  return sign === "<" ? a < b : a <= b;
}

/** Only those that a `double` holds to the last digit: all that is drawn beside has seventeen digits or an exponent. */
function numberOf(value: unknown): number | undefined {
  if (!isDigits(value)) return undefined;
  return value.digits.length > 16 || /e-?\d{3}/.test(value.digits)
    ? undefined
    : Number(value.digits);
}

/** Of those that are drawn. */
function addressBits(text: string): string | undefined {
  if (/^\d+(\.\d+){3}$/.test(text)) {
    return text
      .split(".")
      .map((part) => Number(part).toString(2).padStart(8, "0"))
      .join("");
  }
  if (!text.includes("::") && text.split(":").length !== 8) return undefined;
  const [head = "", tail = ""] = text.split("::").map((half) => half.split(":").filter(Boolean));
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => "0");
  return [...head, ...zeros, ...tail]
    .map((part) => Number.parseInt(part, 16).toString(2).padStart(16, "0"))
    .join("");
}
