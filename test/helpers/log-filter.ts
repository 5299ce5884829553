/**
 * Filter patterns of CloudWatch Logs on lines of JSON, as far as resources/ uses them: comparisons of top-level members
 * with texts and numbers, `&&`, `||` and brackets. What is not understood throws, and a comparison of what is not there
 * holds never.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
type Line = Readonly<Record<string, unknown>>;
type Test = (line: Line) => boolean;

const TOKEN = /\s*(&&|\|\||[()]|\$\.\w+|!=|>=|<=|[=<>]|"[^"]*"|\d+)/y;

const COMPARE: Readonly<Record<string, (found: unknown, wanted: string | number) => boolean>> = {
  "=": (found, wanted) => found === wanted,
  "!=": (found, wanted) => found !== wanted,
  ">": (found, wanted) => typeof found === "number" && found > Number(wanted),
  ">=": (found, wanted) => typeof found === "number" && found >= Number(wanted),
};

export function logFilter(pattern: string): Test {
  const inner = /^\{(.*)\}$/.exec(pattern)?.[1];
  if (inner === undefined) throw new Error(`not a pattern of JSON: ${pattern}`);
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < inner.trimEnd().length) {
    const token = TOKEN.exec(inner)?.[1];
    if (token === undefined) throw new Error(`not understood: ${pattern}`);
    tokens.push(token);
  }
  const next = () => tokens.shift() ?? "";

  function either(): Test {
    const tests = [both()];
    while (tokens[0] === "||" && next()) tests.push(both());
    return (line) => tests.some((test) => test(line));
  }

  function both(): Test {
    const tests = [one()];
    while (tokens[0] === "&&" && next()) tests.push(one());
    return (line) => tests.every((test) => test(line));
  }

  function one(): Test {
    const first = next();
    if (first === "(") {
      const test = either();
      if (next() !== ")") throw new Error(`a bracket is open in ${pattern}`);
      return test;
    }
    const member = /^\$\.(\w+)$/.exec(first)?.[1];
    const compare = COMPARE[next()];
    const wanted = JSON.parse(next()) as string | number;
    if (member === undefined || compare === undefined)
      throw new Error(`not understood: ${pattern}`);
    return (line) => line[member] !== undefined && compare(line[member], wanted);
  }

  const test = either();
  if (tokens.length > 0) throw new Error(`left over of ${pattern}: ${tokens.join(" ")}`);
  return test;
}
