/**
 * What a key may send in a second, however many processes serve it, without a write for each call. Time is cut into
 * windows, and of each window all processes of a key have one account. A process takes from it at once what it expects to
 * need until the window's end, and spends that by itself; what it does not spend is gone with the window. So all
 * together never let more through in a window than its account holds, each writes a few times in it at most, and none
 * has to know of the others.
 *
 *   window         0                                        1
 *   account        1000, -16, -32, -200, …, nothing left    1000, …
 *   this process   takes 16; 32; 200; is given nothing:     takes 200, for it had so many calls before
 *                  refuses by itself until the end
 *
 * A window is named by the process's own clock. A clock that is ahead takes from windows that are still to come: in any
 * span of time no more comes through than its windows hold, and those of as much time as the clocks are apart.
 */
import type { Clock } from "../clock.ts";
import {
  ACCESS_KEY_CACHE_MAX_COUNT,
  KEY_RATE_WINDOW_MS,
  KEY_RATE_WINDOWS_AHEAD_MAX_COUNT,
} from "../limits.ts";

/** Of an access key; what is absent has no bound. */
export interface KeyRate {
  readonly callsPerSecond?: number;
  /** Of requests' bodies. */
  readonly bytesPerSecond?: number;
}

export interface Amount {
  readonly calls: number;
  readonly bytes: number;
}

/** The port of the accounts. */
export interface RateAccounts {
  /** Answers what all have taken from the window by then, this amount included; it may be more than there is. */
  take(account: string, window: number, amount: Amount): Promise<Amount>;
}

export interface KeyRates {
  /**
   * Whether a call of the key, with so many bytes, may go on. Never rejects.
   *
   * @param account that the key shares with others; its own unless given
   */
  admit(accessKeyId: string, rate: KeyRate, byteCount: number, account?: string): Promise<boolean>;
  /** Whether it is known without asking that no call of the key may go on now. */
  isSpent(accessKeyId: string): boolean;
}

/**
 * Where the accounts do not answer, a process goes on by half of what they gave it in the last window that they answered
 * in: should they answer some and not others, no more than half as much again comes through. One that was never given
 * anything refuses.
 */
export function keyRates(accounts: RateAccounts, clock: Clock): KeyRates {
  const shares = new Map<string, Share>();
  /** Of keys that share theirs. */
  const accountOf = new Map<string, string>();
  return {
    isSpent(accessKeyId) {
      const share = shares.get(accountOf.get(accessKeyId) ?? accessKeyId);
      return share !== undefined && share.isSpent(clock.now());
    },
    async admit(accessKeyId, rate, byteCount, account = accessKeyId) {
      if (account !== accessKeyId) {
        if (accountOf.size >= ACCESS_KEY_CACHE_MAX_COUNT) accountOf.clear();
        accountOf.set(accessKeyId, account);
      }
      let share = shares.get(account);
      if (share === undefined) {
        if (shares.size >= ACCESS_KEY_CACHE_MAX_COUNT) shares.clear();
        share = new Share((window, amount) => accounts.take(account, window, amount), clock);
        shares.set(account, share);
      }
      return share.admit(capacityOf(rate), byteCount);
    },
  };
}

/** What a window's account holds. No rate is so low that a call would never come. */
function capacityOf({ callsPerSecond, bytesPerSecond }: KeyRate): Amount {
  const ofWindow = (perSecond = Number.POSITIVE_INFINITY) =>
    Math.max(1, (perSecond * KEY_RATE_WINDOW_MS) / 1000);
  return { calls: ofWindow(callsPerSecond), bytes: ofWindow(bytesPerSecond) };
}

/** Others may spend what one has asked for, and he asks again; not for ever. */
const ATTEMPTS_MAX_COUNT = 8;

/** One process's of one key. */
class Share {
  readonly #take: (window: number, amount: Amount) => Promise<Amount>;
  readonly #clock: Clock;
  readonly #calls = new Purse();
  readonly #bytes = new Purse();
  #window = -1;
  #asking: Promise<void> | undefined;

  constructor(take: (window: number, amount: Amount) => Promise<Amount>, clock: Clock) {
    this.#take = take;
    this.#clock = clock;
  }

  isSpent(nowMs: number): boolean {
    return (
      windowAt(nowMs) === this.#window && (this.#calls.isSpentFor(1) || this.#bytes.isSpentFor(1))
    );
  }

  async admit(capacity: Amount, byteCount: number): Promise<boolean> {
    // What is larger than a window needs all of one, and takes the windows behind it in advance.
    const needed = { calls: 1, bytes: Math.min(byteCount, capacity.bytes) };
    this.#turnTo(windowAt(this.#clock.now()));
    this.#calls.wanted += needed.calls;
    this.#bytes.wanted += needed.bytes;
    for (let attempt = 0; attempt < ATTEMPTS_MAX_COUNT; attempt++) {
      this.#turnTo(windowAt(this.#clock.now()));
      if (this.#calls.holds(1, capacity.calls) && this.#bytes.holds(needed.bytes, capacity.bytes)) {
        this.#calls.left -= 1;
        this.#bytes.left -= needed.bytes;
        await this.#takeAhead(byteCount - needed.bytes, capacity.bytes);
        return true;
      }
      if (this.#calls.isSpentFor(1) || this.#bytes.isSpentFor(needed.bytes)) return false;
      this.#asking ??= this.#ask(capacity, needed).finally(() => (this.#asking = undefined));
      await this.#asking;
    }
    return false;
  }

  #turnTo(window: number): void {
    if (window === this.#window) return;
    const isNext = window === this.#window + 1;
    this.#calls.turn(isNext);
    this.#bytes.turn(isNext);
    this.#window = window;
  }

  async #ask(capacity: Amount, needed: Amount): Promise<void> {
    const window = this.#window;
    const elapsed = (this.#clock.now() % KEY_RATE_WINDOW_MS) / KEY_RATE_WINDOW_MS;
    const amount = {
      calls: this.#calls.toTake(needed.calls, capacity.calls, elapsed),
      bytes: this.#bytes.toTake(needed.bytes, capacity.bytes, elapsed),
    };
    const total = await this.#take(window, amount).catch(() => undefined);
    // Meanwhile the window may be over, and what was taken of it gone.
    if (this.#window !== window) return;
    this.#calls.put(amount.calls, capacity.calls, total?.calls);
    this.#bytes.put(amount.bytes, capacity.bytes, total?.bytes);
  }

  async #takeAhead(byteCount: number, capacity: number): Promise<void> {
    const takes: Promise<unknown>[] = [];
    let owed = byteCount;
    for (let ahead = 1; owed > 0 && ahead <= KEY_RATE_WINDOWS_AHEAD_MAX_COUNT; ahead++) {
      const bytes = Math.min(owed, capacity);
      takes.push(this.#take(this.#window + ahead, { calls: 0, bytes }));
      owed -= bytes;
    }
    await Promise.allSettled(takes);
  }
}

/** Of a window: what is taken and not spent is lost to the others, and what is taken in small amounts costs writes. */
const AHEAD_MAX = 0.5;

const windowAt = (nowMs: number) => Math.floor(nowMs / KEY_RATE_WINDOW_MS);

/** Calls or bytes, as one process has them in one window. */
class Purse {
  left = 0;
  /** Refused calls included. */
  wanted = 0;
  #taken = 0;
  #isEmpty = false;
  /** Of the window before: what to expect of this one. */
  #wantedBefore = 0;
  /** Of the last window in which the account answered. */
  #takenBefore = 0;
  #hasAnswer = false;

  holds(amount: number, capacity: number): boolean {
    return capacity === Number.POSITIVE_INFINITY || this.left >= amount;
  }

  /** The account has no more for this window, and what is here is too little. */
  isSpentFor(amount: number): boolean {
    return this.#isEmpty && this.left < amount;
  }

  turn(isNext: boolean): void {
    this.#wantedBefore = isNext ? this.wanted : 0;
    if (this.#hasAnswer) this.#takenBefore = this.#taken;
    this.left = 0;
    this.wanted = 0;
    this.#taken = 0;
    this.#isEmpty = false;
    this.#hasAnswer = false;
  }

  /**
   * As much as the next part of the window will need, by what the one before needed and what this one has until now; not
   * much more than was taken already, for a beginning says little.
   *
   * @param elapsed of the window, from 0 to 1
   */
  toTake(needed: number, capacity: number, elapsed: number): number {
    if (this.holds(needed, capacity)) return 0;
    // All that wait for this answer, not only the call that asks.
    const waiting = this.wanted - (this.#taken - this.left);
    const ahead = Math.min(1 - elapsed, AHEAD_MAX);
    const asBefore = this.#wantedBefore * ahead;
    const asUntilNow = (this.wanted / Math.max(elapsed, 0.01)) * ahead;
    const likely = this.#taken === 0 ? asBefore : Math.min(asUntilNow, 2 * this.#taken);
    return Math.min(Math.ceil(Math.max(needed, waiting, likely)), Math.floor(capacity));
  }

  /** @param total `undefined`: the account did not answer */
  put(amount: number, capacity: number, total: number | undefined): void {
    if (amount === 0) return;
    const given =
      total === undefined
        ? Math.max(0, Math.floor(this.#takenBefore / 2) - this.#taken)
        : Math.min(amount, Math.max(0, Math.floor(capacity) - (total - amount)));
    this.#hasAnswer ||= total !== undefined;
    this.left += given;
    this.#taken += given;
    this.#isEmpty = given < amount || total === undefined;
  }
}
