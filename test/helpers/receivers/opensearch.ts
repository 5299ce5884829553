/**
 * A cluster of OpenSearch that takes `_bulk` as the documentation has it, with documents by index and id. What goes wrong with
 * a request is said beforehand, one fault for each; then the cluster is well again.
 */
import type {
  ReceiverAnswer,
  ReceiverHttp,
  ReceiverRequest,
} from "../../../src/delivery/destinations/receivers/ports.ts";

export type ClusterFault =
  /** Of the request as a whole. */
  | { readonly status: number; readonly type?: string; readonly headers?: Record<string, string> }
  /** Nobody answers; `isTaken`: though the documents are there. */
  | { readonly silence: "timeout" | "connection"; readonly isTaken?: true }
  /** Each document that `on` picks is answered so. */
  | { readonly item: number; readonly type: string; readonly on: (text: string) => boolean }
  | { readonly text: string; readonly isTaken?: true };

interface ClusterOptions {
  readonly maxBytes?: number;
  /** Documents that are refused for good: `mapper_parsing_exception`. */
  readonly refuses?: (document: Readonly<Record<string, unknown>>) => boolean;
  /** `Basic …`; absent: everybody may come. */
  readonly authorization?: string;
}

export function opensearchCluster(options: ClusterOptions = {}) {
  const documents = new Map<string, { readonly text: string; readonly version: number }>();
  const requests: ReceiverRequest[] = [];
  const faults: (ClusterFault | undefined)[] = [];
  let generatedCount = 0;

  function bulk(body: string, fault: ClusterFault | undefined): ReceiverAnswer {
    if (!body.endsWith("\n")) return whole(400, "illegal_argument_exception");
    const lines = body.slice(0, -1).split("\n");
    const items: object[] = [];
    for (let at = 0; at < lines.length; at += 2) {
      const action = JSON.parse(lines[at]!) as Record<string, Record<string, string>>;
      const [verb, where] = Object.entries(action)[0]!;
      if (verb !== "index" && verb !== "create") return whole(400, "illegal_argument_exception");
      items.push({ [verb]: { _index: where["_index"], ...take(verb, where, lines[at + 1]!) } });
    }
    const errors = items.some((item) => "error" in Object.values(item)[0]);
    return answer(200, { took: 1, errors, items });

    function take(verb: string, where: Record<string, string>, text: string): object {
      const { _index: index = "", _id: given } = where;
      if (fault !== undefined && "item" in fault && fault.on(text)) {
        return { status: fault.item, error: { type: fault.type, reason: `because of ${text}` } };
      }
      if (index !== index.toLowerCase()) {
        const error = { type: "invalid_index_name_exception", reason: "must be lowercase" };
        return { status: 400, error };
      }
      const document = JSON.parse(text) as Readonly<Record<string, unknown>>;
      if (options.refuses?.(document)) {
        const error = { type: "mapper_parsing_exception", reason: `failed to parse: '${text}'` };
        return { status: 400, error };
      }
      const id = given ?? `generated-${generatedCount++}`;
      const standing = documents.get(`${index}/${id}`);
      if (standing && verb === "create") {
        return { status: 409, error: { type: "version_conflict_engine_exception", reason: id } };
      }
      documents.set(`${index}/${id}`, { text, version: (standing?.version ?? 0) + 1 });
      return { status: standing ? 200 : 201, result: standing ? "updated" : "created", _id: id };
    }
  }

  const http: ReceiverHttp = {
    async send(request) {
      requests.push(request);
      const fault = faults.shift();
      const { authorization } = options;
      if (authorization !== undefined && request.headers["authorization"] !== authorization) {
        return whole(401, "security_exception");
      }
      const body = Buffer.from(request.body ?? "");
      if (body.length > (options.maxBytes ?? Number.POSITIVE_INFINITY)) return whole(413, "");
      if (fault !== undefined && "status" in fault) {
        return whole(fault.status, fault.type ?? "", fault.headers);
      }
      if (fault !== undefined && "silence" in fault && !fault.isTaken) return silence(fault);
      if (fault !== undefined && "text" in fault && !fault.isTaken) return answer(200, fault.text);
      const answered = bulk(body.toString(), fault);
      if (fault !== undefined && "silence" in fault) return silence(fault);
      return fault !== undefined && "text" in fault ? answer(200, fault.text) : answered;
    },
  };

  return {
    http,
    requests,
    /** Texts by index and id. */
    documents,
    texts: () => [...documents.values()].map(({ text }) => text).toSorted(),
    /** What becomes of the next requests. */
    fails: (...next: readonly (ClusterFault | undefined)[]) => void faults.push(...next),
  };
}

function whole(status: number, type: string, headers = {}): ReceiverAnswer {
  return { ...answer(status, { error: { type, reason: "no" }, status }), headers };
}

function answer(status: number, body: object | string) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return { kind: "answer", status, headers: {}, body: Buffer.from(text) } as const;
}

function silence({ silence: reason }: { readonly silence: "timeout" | "connection" }) {
  return { kind: "none", reason, detail: "nobody is there" } as const;
}
