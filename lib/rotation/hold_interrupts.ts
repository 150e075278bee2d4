import { runtime, type SignalName } from "../runtime/mod.ts";

const INTERRUPTS: readonly SignalName[] = ["SIGHUP", "SIGINT", "SIGTERM"];

/**
 * Lets no interrupt end our process until disposed of: what the provider has
 * granted must be on the disk first. One that came is then sent again.
 */
export function holdInterrupts(): Disposable {
  let held: SignalName | undefined;
  const handlers = new DisposableStack();
  for (const signal of INTERRUPTS) {
    handlers.use(runtime.host.onSignal(signal, () => void (held ??= signal)));
  }
  return {
    [Symbol.dispose]() {
      handlers.dispose();
      if (held !== undefined) runtime.host.kill(runtime.host.pid, held);
    },
  };
}
