/**
 * The two calls of STS that a proof of identity takes, with signatures that are verified: AssumeRole, for any role, asked by
 * the stack's own key, and GetCallerIdentity, of that key or of a role's session. Sessions are kept nowhere: a token names its
 * role under a check of this stack's, and its secret follows from the token. They last as long as the stack does.
 */
import { createHash, createHmac, randomBytes, randomUUID, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";

/** The only one that has no token. */
export interface LocalKey {
  readonly id: string;
  readonly secret: string;
}

interface Caller {
  readonly arn: string;
  readonly userId: string;
  readonly secret: string;
}

interface Request {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

class Refusal extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

const BODY_MAX_BYTES = 64 * 1024;
const SESSION_SECONDS = 3600;
const ROLE_ARN = /^arn:(aws[a-z-]*):iam::(\d{12}):role\/(?:[\w+=,.@-]+\/)*([\w+=,.@-]{1,64})$/;
const SESSION_NAME = /^[\w+=,.@-]{2,64}$/;

export function createSts(accountId: string, localKey: LocalKey): Server {
  const root = randomBytes(32);

  function perform({ headers, body }: Request): object {
    const caller = callerOf(headers, body);
    const form = new URLSearchParams(body);
    switch (form.get("Action")) {
      case "GetCallerIdentity":
        return { Arn: caller.arn, UserId: caller.userId, Account: caller.arn.split(":")[4] };
      case "AssumeRole":
        return assume(form.get("RoleArn") ?? "", form.get("RoleSessionName") ?? "");
      default:
        throw new Refusal(
          "InvalidAction",
          "The local STS offers AssumeRole and GetCallerIdentity only.",
        );
    }
  }

  function assume(roleArn: string, sessionName: string): object {
    const [, partition, account, name] = ROLE_ARN.exec(roleArn) ?? [];
    if (name === undefined || !SESSION_NAME.test(sessionName)) {
      throw new Refusal("ValidationError", "RoleArn and RoleSessionName must be those of a role.");
    }
    const arn = `arn:${partition}:sts::${account}:assumed-role/${name}/${sessionName}`;
    const expiresAtMs = Date.now() + SESSION_SECONDS * 1000;
    const id = `ASIA${randomBytes(8).toString("hex").toUpperCase()}`;
    const content = Buffer.from(JSON.stringify({ id, arn, expiresAtMs })).toString("base64url");
    const token = `${content}.${hmac(root, content).toString("base64url")}`;
    return {
      Credentials: {
        AccessKeyId: id,
        SecretAccessKey: secretOf(token),
        SessionToken: token,
        Expiration: new Date(expiresAtMs).toISOString(),
      },
      AssumedRoleUser: { Arn: arn, AssumedRoleId: `${id}:${sessionName}` },
    };
  }

  const secretOf = (token: string) => hmac(root, `secret ${token}`).toString("base64url");

  function callerOf(headers: IncomingHttpHeaders, body: string): Caller {
    const authorization = headers.authorization ?? "";
    const [, id = "", scope = "", names = "", given = ""] =
      /^AWS4-HMAC-SHA256 Credential=(\w+)\/([\w/-]+), SignedHeaders=([\w;-]+), Signature=(\w+)$/.exec(
        authorization,
      ) ?? [];
    const caller = known(id, headers["x-amz-security-token"]);
    const lines = names.split(";").map((name) => `${name}:${valueOf(headers, name)}\n`);
    const canonical = `POST\n/\n\n${lines.join("")}\n${names}\n${sha256(body)}`;
    const toSign = `AWS4-HMAC-SHA256\n${valueOf(headers, "x-amz-date")}\n${scope}\n${sha256(canonical)}`;
    const key = scope.split("/").reduce<Buffer>(hmac, Buffer.from(`AWS4${caller.secret}`));
    const wanted = Buffer.from(hmac(key, toSign).toString("hex"));
    const found = Buffer.from(given);
    if (wanted.length === found.length && timingSafeEqual(wanted, found)) return caller;
    throw new Refusal(
      "SignatureDoesNotMatch",
      "The request signature we calculated does not match the signature you provided.",
    );
  }

  function known(id: string, token: string | string[] | undefined): Caller {
    if (token === undefined && id === localKey.id) {
      const arn = `arn:aws:iam::${accountId}:user/${id}`;
      return { arn, userId: id, secret: localKey.secret };
    }
    const [content = "", check = ""] = String(token).split(".");
    if (hmac(root, content).toString("base64url") === check) {
      const session = JSON.parse(Buffer.from(content, "base64url").toString()) as {
        readonly id: string;
        readonly arn: string;
        readonly expiresAtMs: number;
      };
      if (session.id === id && session.expiresAtMs > Date.now()) {
        return { arn: session.arn, userId: id, secret: secretOf(String(token)) };
      }
    }
    throw new Refusal(
      "InvalidClientTokenId",
      "The security token included in the request is invalid.",
    );
  }

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    let byteCount = 0;
    request.on("data", (chunk: Buffer) => {
      byteCount += chunk.length;
      if (byteCount <= BODY_MAX_BYTES) chunks.push(chunk);
    });
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString();
      const isJson = request.headers.accept === "application/json";
      const { status, answer } = answerTo(() => perform({ headers: request.headers, body }), body);
      response.writeHead(status, { "content-type": isJson ? "application/json" : "text/xml" });
      response.end(isJson ? JSON.stringify(answer) : xml(answer));
    });
  });
  // As for Lambda's: an idle connection must not end under a request that is on its way.
  server.keepAliveTimeout = 0;
  return server;
}

function answerTo(perform: () => object, body: string) {
  const ResponseMetadata = { RequestId: randomUUID() };
  try {
    const result = perform();
    const action = new URLSearchParams(body).get("Action") ?? "";
    const answer = { [`${action}Response`]: { [`${action}Result`]: result, ResponseMetadata } };
    return { status: 200, answer };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const Error = { Type: "Sender", Code: error.code, Message: error.message };
    return { status: 403, answer: { ErrorResponse: { Error, ...ResponseMetadata } } };
  }
}

function xml(value: object): string {
  return Object.entries(value)
    .map(([name, inner]: [string, unknown]) => {
      const text = typeof inner === "object" && inner !== null ? xml(inner) : String(inner);
      return `<${name}>${text.replaceAll(/&(?!\w+;)/g, "&amp;")}</${name}>`;
    })
    .join("");
}

function valueOf(headers: IncomingHttpHeaders, name: string): string {
  return [headers[name] ?? ""].flat().join(",").trim().replaceAll(/\s+/g, " ");
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
