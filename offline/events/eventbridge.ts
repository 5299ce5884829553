/** The two calls of EventBridge that Hydrant makes: switching a rule on and off. */
import { createServer, type Server } from "node:http";

export function createEventBridge(
  setEnabled: (ruleName: string, isEnabled: boolean) => boolean,
): Server {
  return createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const answer = (status: number, body: object) => {
        response.writeHead(status, { "content-type": "application/x-amz-json-1.1" });
        response.end(JSON.stringify(body));
      };
      const target = String(request.headers["x-amz-target"]);
      const isEnabled = target === "AWSEvents.EnableRule";
      if (!isEnabled && target !== "AWSEvents.DisableRule") {
        return answer(400, {
          __type: "UnknownOperationException",
          message: `Not offered offline: ${target}`,
        });
      }
      const name = ruleNameOf(Buffer.concat(chunks).toString("utf8"));
      if (name === undefined) {
        return answer(400, { __type: "SerializationException", message: "Expected a rule's Name" });
      }
      if (setEnabled(name, isEnabled)) return answer(200, {});
      answer(400, {
        __type: "ResourceNotFoundException",
        message: `Rule ${name} does not exist on EventBus default.`,
      });
    });
  });
}

function ruleNameOf(body: string): string | undefined {
  try {
    const { Name } = JSON.parse(body) as { Name?: unknown };
    return typeof Name === "string" ? Name : undefined;
  } catch {
    return undefined;
  }
}
