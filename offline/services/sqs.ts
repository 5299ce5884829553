/**
 * SQS on a free port of the loopback. Messages are written through to SQLite before they are acknowledged, so a
 * killed stack finds them again; those that were being worked on are due at once, their workers are gone.
 */
import { appFor, newSnsStore, newSqsStore, openPersistence } from "./fauxqs.ts";
import { listen } from "../listen.ts";
import { ACCOUNT_ID } from "../aws-json.ts";

export interface RunningSqs {
  readonly endpoint: string;
  stop(): void;
}

/** Without `directory` everything stays in memory. */
export async function startSqs(directory?: string): Promise<RunningSqs> {
  const store = newSqsStore();
  const sns = newSnsStore();
  // Queue URLs are made from the address a client used; the default host name does not resolve.
  store.host = "";
  const app = appFor({ sqs: store, sns });
  await app.ready();
  const port = await listen(app.server, 0);
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
