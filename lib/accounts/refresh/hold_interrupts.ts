import { runtime, type SignalName } from "../../system/mod.ts";
import { realSystem } from "../../system/system.ts";

const INTERRUPTS: readonly SignalName[] = ["SIGHUP", "SIGINT", "SIGTERM"];

/** Within that a signal has come, unless somebody else handles it. */
const DELIVERY_MS = 1_000;

/**
 * Lets no interrupt end our process until disposed of: what the service has
 * granted must be on the disk first. One that came is then sent again; at the
 * first one `onHeld` is called, so that the user knows what is waited for.
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
      // It comes a moment later; until then nothing more must be done.
      await realSystem.sleep(DELIVERY_MS);
    },
  };
}
