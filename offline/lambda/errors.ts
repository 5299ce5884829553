/**
 * Lambda's exceptions as its Invoke answers them: a name in a header, a sentence in JSON.
 * https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */

interface Known {
  readonly status: number;
  /** Some spell it small. */
  readonly member: "Message" | "message";
}

const EXCEPTIONS = {
  ResourceNotFoundException: { status: 404, member: "Message" },
  InvalidRequestContentException: { status: 400, member: "message" },
  InvalidParameterValueException: { status: 400, member: "message" },
  ValidationException: { status: 400, member: "message" },
  RequestEntityTooLargeException: { status: 413, member: "message" },
  TooManyRequestsException: { status: 429, member: "message" },
  AccessDeniedException: { status: 403, member: "Message" },
  ServiceException: { status: 500, member: "Message" },
  UnknownOperationException: { status: 404, member: "Message" },
} as const satisfies Readonly<Record<string, Known>>;

export type ExceptionName = keyof typeof EXCEPTIONS;

export class LambdaException extends Error {
  readonly status: number;
  readonly body: string;

  constructor(name: ExceptionName, message: string, more: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = name;
    const { status, member } = EXCEPTIONS[name];
    this.status = status;
    const Type = status >= 500 ? "Service" : "User";
    this.body = JSON.stringify({ Type, [member]: message, ...more });
  }
}
