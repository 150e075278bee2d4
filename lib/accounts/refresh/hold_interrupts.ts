import { runtime, type SignalName } from "../../system/mod.ts";
import { realSystem } from "../../system/system.ts";

const INTERRUPTS: readonly SignalName[] = ["SIGHUP", "SIGINT", "SIGTERM"];

/** A signal arrives within this time, unless somebody else handles it. */
const DELIVERY_MS = 1_000;

/**
 * Delays interrupts of our process until disposed of: what the service granted
 * must be on the disk first. Calls `onHeld` at the first interrupt, so that the
 * user knows why the process waits, and sends that interrupt again at the end.
 */
export function holdInterrupts(onHeld: () => void): AsyncDisposable {
  let held: SignalName | undefined;
  const handlers = new DisposableStack();
  for (const signal of INTERRUPTS) {
    const hold = () => {
      if (held === undefined) onHeld();
      held ??= signal;
    };
    handlers.use(runtime.host.onSignal(signal, hold));
  }
  return {
    async [Symbol.asyncDispose]() {
      handlers.dispose();
      if (held === undefined) return;
      runtime.host.kill(runtime.host.pid, held);
      // The signal arrives a moment later; nothing more must happen until then.
      await realSystem.sleep(DELIVERY_MS);
    },
  };
}
