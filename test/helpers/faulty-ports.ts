/** Ports that take their time, and those of a process that dies. */
import type { Clock } from "../../src/clock.ts";
import type { Random } from "../../src/random.ts";

type Method = (...args: never[]) => Promise<unknown>;
type Around = <Result>(call: () => Promise<Result>) => Promise<Result>;

/** The same port, every method of it wrapped. */
export function wrapped<Port extends object>(port: Port, around: Around): Port {
  const methods = Object.entries(port).map(([name, method]) => [
    name,
    (...args: never[]) => around(() => (method as Method)(...args)),
  ]);
  return { ...port, ...(Object.fromEntries(methods) as Partial<Port>) };
}

/** Every call takes its time on the way there and on the way back. */
export function slow<Port extends object>(port: Port, clock: Clock, random: Random): Port {
  const travel = () => clock.sleep(Math.floor(random.fraction() * 20));
  return wrapped(port, async (call) => {
    await travel();
    const result = await call();
    await travel();
    return result;
  });
}

export class ProcessDied extends Error {}

/** Wraps the calls of a process that dies at its call number `at`, before or after the call has its effect. */
export function mortality(at: number, when: "before" | "after"): Around {
  let count = 0;
  return async (call) => {
    count++;
    if (count > at || (count === at && when === "before")) throw new ProcessDied();
    const result = await call();
    if (count >= at) throw new ProcessDied();
    return result;
  };
}

export function mortal<Port extends object>(
  port: Port,
  at: number,
  when: "before" | "after",
): Port {
  return wrapped(port, mortality(at, when));
}
