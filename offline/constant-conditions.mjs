/**
 * What parameters leave out of the template. Resources say it as CloudFormation's own conditions; since the framework has
 * put the parameters' values in by then, these compare constants, which linters warn of. So they are settled
 * when the template is made: what is deployed holds neither conditions nor what nobody asked for.
 */

/** Changes the template. A condition that depends on what is known only in CloudFormation stays, with all that names it. */
export function settleConditions(template) {
  const conditions = template.Conditions ?? {};
  const settled = new Map();
  for (const name of Object.keys(conditions)) {
    const value = evaluate({ Condition: name }, conditions);
    if (value !== undefined) settled.set(name, value);
  }
  const gone = new Set();
  for (const part of ["Resources", "Outputs"]) {
    for (const [id, declared] of Object.entries(template[part] ?? {})) {
      const value = settled.get(declared.Condition);
      if (value === undefined) continue;
      delete declared.Condition;
      if (value) continue;
      delete template[part][id];
      gone.add(id);
    }
    if (template[part]) template[part] = chosen(template[part], settled);
  }
  for (const declared of Object.values(template.Resources)) {
    const { DependsOn: on } = declared;
    if (Array.isArray(on)) declared.DependsOn = on.filter((id) => !gone.has(id));
    else if (gone.has(on)) delete declared.DependsOn;
  }
  for (const [name, condition] of Object.entries(conditions)) {
    if (!settled.has(name)) conditions[name] = withoutSettled(condition, conditions);
  }
  for (const name of settled.keys()) delete conditions[name];
  if (Object.keys(conditions).length === 0) delete template.Conditions;
}

/** `undefined`: it does not follow from constants alone. */
function evaluate(condition, conditions) {
  const [[name, argument]] = Object.entries(condition);
  const each = () => argument.map((one) => evaluate(one, conditions));
  switch (name) {
    case "Condition":
      if (conditions[argument] === undefined) throw new Error(`no condition is named ${argument}`);
      return evaluate(conditions[argument], conditions);
    case "Fn::Equals": {
      const [a, b] = argument;
      return isConstant(a) && isConstant(b) ? String(a) === String(b) : undefined;
    }
    case "Fn::Not": {
      const [value] = each();
      return value === undefined ? undefined : !value;
    }
    case "Fn::And": {
      const values = each();
      return values.includes(false) ? false : values.includes(undefined) ? undefined : true;
    }
    case "Fn::Or": {
      const values = each();
      return values.includes(true) ? true : values.includes(undefined) ? undefined : false;
    }
    default:
      return undefined;
  }
}

/** Of a condition that is left, what is left of it: what is settled in it is what decides nothing. */
function withoutSettled(condition, conditions) {
  const [[name, argument]] = Object.entries(condition);
  if (name === "Fn::Not") return { [name]: argument.map((one) => withoutSettled(one, conditions)) };
  if (name !== "Fn::And" && name !== "Fn::Or") return condition;
  const open = argument
    .filter((one) => evaluate(one, conditions) === undefined)
    .map((one) => withoutSettled(one, conditions));
  // CloudFormation takes two or more.
  return open.length === 1 ? open[0] : { [name]: open };
}

const isConstant = (value) => typeof value !== "object";

/** The value with each settled `Fn::If` replaced by its branch; `AWS::NoValue` takes its member along. */
function chosen(value, settled) {
  if (Array.isArray(value)) {
    return value.map((item) => chosen(item, settled)).filter((item) => !isNoValue(item));
  }
  if (typeof value !== "object" || value === null) return value;
  const { "Fn::If": choice } = value;
  if (choice !== undefined && settled.has(choice[0])) {
    return chosen(settled.get(choice[0]) ? choice[1] : choice[2], settled);
  }
  const members = Object.entries(value).map(([name, item]) => [name, chosen(item, settled)]);
  return Object.fromEntries(members.filter(([, item]) => !isNoValue(item)));
}

const isNoValue = (value) => value?.Ref === "AWS::NoValue";
