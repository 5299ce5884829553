/**
 * How a function may be named in a call: `upper`, `upper:live`, `000000000000:function:upper`, or its whole ARN, with or
 * without a qualifier. Nothing is published here, so that every version and alias is the code as it is now.
 */
import { ACCOUNT_ID, REGION } from "../aws-json.ts";
import { functionArn } from "../functions.ts";

export interface FunctionReference {
  readonly name: string;
  readonly qualifier?: string;
  /** With the qualifier, as the function is told. */
  readonly arn: string;
}

const NAME_MAX_LENGTH = 64;
/** Of a whole ARN. */
const REFERENCE_MAX_LENGTH = 170;
const REFERENCE =
  /^(?:arn:aws[a-z-]*:lambda:(?<region>[a-z0-9-]+):)?(?:(?<account>\d{12}):)?(?:function:)?(?<name>[a-zA-Z0-9-_]+)(?::(?<qualifier>\$LATEST|[a-zA-Z0-9-_]{1,128}))?$/;

/** `elsewhere` names a function of another account or region. */
export function readReference(
  reference: string,
  qualifierGiven: string | undefined,
): FunctionReference | "malformed" | "elsewhere" {
  if (reference.length > REFERENCE_MAX_LENGTH) return "malformed";
  const parts = REFERENCE.exec(reference)?.groups;
  const name = parts?.["name"] ?? "";
  if (name === "" || name.length > NAME_MAX_LENGTH) return "malformed";
  const qualifier = parts?.["qualifier"] ?? qualifierGiven;
  if (parts?.["qualifier"] !== undefined && (qualifierGiven ?? qualifier) !== qualifier) {
    return "malformed";
  }
  if (qualifier !== undefined && !/^(\$LATEST|[a-zA-Z0-9-_]{1,128})$/.test(qualifier)) {
    return "malformed";
  }
  const { region = REGION, account = ACCOUNT_ID } = { ...parts };
  if (region !== REGION || account !== ACCOUNT_ID) return "elsewhere";
  const arn = functionArn(name);
  return qualifier === undefined ? { name, arn } : { name, qualifier, arn: `${arn}:${qualifier}` };
}
