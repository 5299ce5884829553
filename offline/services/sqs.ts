/**
 * SQS on the loopback. Messages are written through to SQLite before they are acknowledged, so a
 * killed stack finds them again; those that were being worked on are due at once, their workers are gone.
 */
import { appFor, newSnsStore, newSqsStore, openPersistence } from "./fauxqs.ts";
import type { IncomingMessage } from "node:http";
import { ANY_PORT, listenAsWished, type PortWish } from "../listen.ts";
import { NO_ORIGINS, type AllowedOrigins } from "../origins.ts";
import { ACCOUNT_ID } from "../aws-json.ts";
import { guardPages, JSON_REFUSAL } from "./pages.ts";

export interface RunningSqs {
  readonly endpoint: string;
  stop(): void;
}

const NOT_SQS = JSON.stringify({
  __type: "com.amazonaws.sqs#UnsupportedOperation",
  message:
    "This is SQS, and takes AWS JSON 1.0 only (X-Amz-Target: AmazonSQS.…). Clients from before 2024 speak the " +
    "query protocol, which is not served here.",
});

function isSqsCall({ method, headers }: Pick<IncomingMessage, "method" | "headers">): boolean {
  return (
    method === "POST" &&
    headers["content-type"]?.startsWith("application/x-amz-json-1.0") === true &&
    String(headers["x-amz-target"]).startsWith("AmazonSQS.")
  );
}

export interface SqsOptions {
  readonly port?: PortWish;
  /** Beside the loopback. */
  readonly host?: string;
  /** Absent: only those of this machine. */
  readonly origins?: AllowedOrigins;
  /** Absent: everything stays in memory. */
  readonly directory?: string;
}

export async function startSqs(options: SqsOptions = {}): Promise<RunningSqs> {
  const { port: wish = ANY_PORT, origins = NO_ORIGINS, directory } = options;
  const store = newSqsStore();
  const sns = newSnsStore();
  // Queue URLs are made from the address a client used; the default host name does not resolve.
  store.host = "";
  const app = appFor({ sqs: store, sns });
  // The package serves more on this port, none of which would be kept.
  app.addHook("onRequest", (request, reply, done) => {
    if (isSqsCall(request)) return done();
    void reply.code(400).header("content-type", "application/x-amz-json-1.0").send(NOT_SQS);
  });
  await app.ready();
  guardPages(app.server, origins, JSON_REFUSAL);
  const port = await listenAsWished(app.server, wish, "HYDRANT_SQS_PORT", options.host);
  const endpoint = `http://127.0.0.1:${port}`;
  const persistence = directory === undefined ? undefined : openPersistence(directory);
  if (persistence !== undefined) {
    const { db } = persistence;
    db.prepare("UPDATE sqs_queues SET url = ? || name").run(`${endpoint}/${ACCOUNT_ID}/`);
    db.exec("UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL");
    const makeReady = db.prepare(
      "UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?",
    );
    // As shipped it also clears the receive count, which its own table refuses.
    persistence.updateMessageReady = (messageId) => void makeReady.run(messageId);
    persistence.loadSqsAndSns(store, sns);
    store.persistence = persistence;
    for (const queue of store.allQueues()) queue.persistence = persistence;
  }
  return {
    endpoint,
    stop() {
      app.server.close();
      app.server.closeAllConnections();
      persistence?.close();
    },
  };
}
