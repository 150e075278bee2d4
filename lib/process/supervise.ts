import type { ChildProcess, ProcessEnd } from "../runtime/mod.ts";
import type { System } from "../system.ts";
import type { EndRequest, EndRequests } from "./end_requests.ts";
import type { InputPump } from "./input.ts";
import { drain, type OutputPump } from "./output.ts";
import { endGroup, type ProcessGroup } from "./process_group.ts";

/** A program that runs, and what belongs to it. */
export interface Run {
  /** The program itself. */
  child: ChildProcess;
  /** The processes that it leads. */
  group: ProcessGroup;
  /** Its stdout and stderr. */
  outputs: readonly OutputPump[];
  /** Its stdin, if it has one. */
  input: InputPump | undefined;
  /** What ends it before it ends by itself. */
  requests: EndRequests;
}

/** How to end a run that fails on our side. */
export interface SuperviseOptions {
  /** Milliseconds from SIGTERM to SIGKILL. */
  killDelayMs: number;
  /** The clock. */
  system: Pick<System, "elapsed" | "sleep">;
}

/** How a run ended. */
export interface RunEnd extends ProcessEnd {
  /** The request that ended it; none if the program ended by itself. */
  request: EndRequest | undefined;
  /** When the program ended, by `elapsed()` of the system. */
  endedAt: number;
}

/**
 * Waits for a program's end, brings it about when asked to, and reads the rest
 * of its output.
 *
 * @throws Whatever a pump fails with, once all processes have been ended.
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
      await endAll(await requests.first); // it may have ended before we failed
      throw failures[0];
    }
    return { ...end, request, endedAt };
  } finally {
    await input?.stop();
    await Promise.all(outputs.map((it) => it.cancel()));
    await Promise.allSettled(outputs.map((it) => it.finished));
  }
}
