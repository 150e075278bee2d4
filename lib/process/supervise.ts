import type { ChildProcess, ProcessEnd } from "../system/mod.ts";
import type { System } from "../system/system.ts";
import type { EndRequest, EndRequests } from "./end_requests.ts";
import type { InputPump } from "./input.ts";
import { drain, type OutputPump } from "./output.ts";
import { endGroup, type ProcessGroup } from "./process_group.ts";

/** A running program with its streams. */
export interface Run {
  /** The program itself. */
  child: ChildProcess;
  /** Its process group. */
  group: ProcessGroup;
  /** Its stdout and stderr. */
  outputs: readonly OutputPump[];
  /** Its stdin, if it has one. */
  input: InputPump | undefined;
  /** Requests to end it early. */
  requests: EndRequests;
}

/** Options of `supervise`. */
export interface SuperviseOptions {
  /** Milliseconds from SIGTERM to SIGKILL. */
  killDelayMs: number;
  /** The clock. */
  system: Pick<System, "elapsed" | "sleep">;
}

/** How a run ended. */
export interface RunEnd extends ProcessEnd {
  /** The request that ended it; `undefined` if the program ended on its own. */
  request: EndRequest | undefined;
  /** When the program ended, by `elapsed()` of the system. */
  endedAt: number;
}

/**
 * Waits until a program ends, ends it on request, and reads the rest of its
 * output.
 *
 * @throws The failure of a pump, after all processes have ended.
 */
export async function supervise(
  run: Run,
  options: SuperviseOptions,
): Promise<RunEnd> {
  const { child, group, outputs, input, requests } = run;
  const { killDelayMs, system } = options;
  const failures: unknown[] = [];
  for (const pump of [...outputs, ...(input ? [input] : [])]) {
    pump.finished.catch((error) => {
      failures.push(error);
      requests.add({ cause: "failure", signal: "SIGTERM", killDelayMs });
    });
  }

  const endAll = ({ signal }: EndRequest) =>
    endGroup(group, { signal, killAt: () => requests.killAt, system });

  try {
    const ended = child.ended.then(() => undefined);
    const request = await Promise.race([requests.first, ended]);
    if (request) await endAll(request);
    const end = await child.ended;
    const endedAt = system.elapsed();
    await input?.stop();
    await drain(outputs, system);
    if (failures.length > 0) {
      await endAll(await requests.first); // it may have ended before
      throw failures[0];
    }
    return { ...end, request, endedAt };
  } finally {
    await input?.stop();
    await Promise.all(outputs.map((it) => it.cancel()));
    await Promise.allSettled(outputs.map((it) => it.finished));
  }
}
