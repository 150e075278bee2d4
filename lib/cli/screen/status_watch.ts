import type { AccountReader } from "../../accounts/account_reader.ts";
import type { OverviewOptions } from "../../accounts/overview.ts";
import { invocation } from "../../program.ts";
import { runtime } from "../../system/mod.ts";
import { realSystem } from "../../system/system.ts";
import { shorten } from "./wrap.ts";
import { ENDING_SIGNALS, EXIT } from "../exit.ts";
import { formatJsonLine, overviewJson } from "./json.ts";
import { paintFor } from "./paint.ts";
import { readOverview } from "./used_today.ts";
import {
  formatStatus,
  paintOf,
  plain,
  type StatusLine,
} from "./status_screen.ts";
import { assertStdoutRead, printable, writeLine } from "./streams.ts";

const INTERVAL_MS = 1_000;

/** How soon it notices that nobody reads its output any more. */
const READER_MS = 50;

/** The size to assume if the terminal does not report one. */
const USUAL_SIZE = { columns: 80, rows: 24 };

// The alternate screen without a cursor, and back to the normal screen.
const ENTER = "\x1b[?1049h\x1b[?25l";
const LEAVE = "\x1b[?25h\x1b[?1049l";
const TOP = "\x1b[H";
const CLEAR_LINE = "\x1b[2K";
const CLEAR_BELOW = "\x1b[J";

/** The keys that end it: q, Ctrl-D, and Ctrl-C if it sends no signal. */
const QUIT: readonly string[] = ["q", "Q", "\x03", "\x04"];

/**
 * Prints the answer of `status --json` as one line, again whenever it changes.
 */
export async function watchJson(
  reader: AccountReader,
  options: OverviewOptions,
): Promise<never> {
  let printed: string | undefined;
  while (true) {
    const line = formatJsonLine(
      overviewJson(await readOverview(reader, options)),
    );
    if (line !== printed) await writeLine("stdout", line);
    printed = line;
    for (let passed = 0; passed < INTERVAL_MS; passed += READER_MS) {
      assertStdoutRead();
      await realSystem.sleep(READER_MS);
    }
  }
}

/**
 * Shows the answer of `status` on the alternate screen until `q` is pressed or
 * a signal arrives, and restores the terminal; returns the exit code.
 */
export async function watchScreen(
  reader: AccountReader,
  options: OverviewOptions,
): Promise<number> {
  const { host } = runtime;
  using listeners = new DisposableStack();
  let code: number | undefined;
  let wake = Promise.withResolvers<void>();
  const end = (by: number) => {
    code ??= by;
    wake.resolve();
  };
  for (const [name, by] of ENDING_SIGNALS) {
    listeners.use(host.onSignal(name, () => end(by)));
  }
  listeners.use(host.onSignal("SIGWINCH", () => wake.resolve()));
  // Ctrl-Z is ignored: it would leave the shell on the alternate screen.
  listeners.use(host.onSignal("SIGTSTP", () => {}));
  if (host.isTerminal("stdin")) {
    listeners.use(host.hideInput());
    listeners.use(onKey(QUIT, () => end(EXIT.done)));
  }
  await write(ENTER);
  try {
    while (code === undefined) {
      await draw(reader, options);
      const timer = setTimeout(() => wake.resolve(), INTERVAL_MS);
      await wake.promise;
      clearTimeout(timer);
      wake = Promise.withResolvers();
    }
  } finally {
    await write(LEAVE);
  }
  return code;
}

/**
 * Calls `action` when a key that matches `wanted` is pressed, until disposed.
 */
function onKey(wanted: readonly string[], action: () => void): Disposable {
  const keys = runtime.host.stdin().getReader();
  const read = async () => {
    const decoder = new TextDecoder();
    while (true) {
      const { value } = await keys.read();
      if (!value) return;
      const typed = decoder.decode(value);
      if (wanted.some((it) => typed.includes(it))) action();
    }
  };
  read().catch(() => {}); // the reader was disposed, or the terminal is gone
  return { [Symbol.dispose]: () => keys.releaseLock() };
}

async function draw(
  reader: AccountReader,
  options: OverviewOptions,
): Promise<void> {
  const overview = await readOverview(reader, options);
  const log = await reader.recentEvents();
  const { columns, rows } = runtime.host.terminalSize() ?? USUAL_SIZE;
  const now = realSystem.now();
  const lines = formatStatus({
    dir: reader.dir,
    program: reader.layout.agent.program,
    overview,
    log,
    now,
    width: columns,
  });
  const clock = new Date(now).toTimeString().slice(0, 8);
  const footer = `${clock}, press q to end`;
  // The last row stays empty: a line break there would scroll the screen.
  const shown = fitted(lines, Math.max(rows - 3, 4));
  const paint = paintFor("stdout");
  const text = [...shown, plain(""), plain(footer)].map(({ text, role }) => {
    const line = shorten(printable(text), columns);
    return CLEAR_LINE + (paintOf(role, paint)?.(line) ?? line) + "\r\n";
  });
  await write(TOP + text.join("") + CLEAR_BELOW);
}

/** Omits accounts if there are more lines than `room`. */
function fitted(lines: readonly StatusLine[], room: number): StatusLine[] {
  if (lines.length <= room) return [...lines];
  const end = lines.slice(-2);
  const kept = lines.slice(0, room - end.length - 1);
  const left = lines.length - kept.length - end.length;
  return [
    ...kept,
    plain(`... ${left} more lines: ${invocation()} status`),
    ...end,
  ];
}

async function write(text: string): Promise<void> {
  await runtime.host.write("stdout", new TextEncoder().encode(text));
}
