/** Reading what may be encrypted: whose key cannot be used is told so, as whoever puts is. */
import { serviceError } from "../../errors.ts";
import { KeyUnusable } from "../../log/block-seals.ts";

export async function withKey<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof KeyUnusable) {
      throw serviceError("InvalidKMSResourceException", error.message);
    }
    throw error;
  }
}
