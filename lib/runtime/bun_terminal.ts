import { readTerminal, setTerminal } from "./bun_libc.ts";
import { bun } from "./bun_modules.ts";

/** Where a `struct termios` of termios.h has what. */
interface TermiosLayout {
  /** Bytes of a group of flags. */
  flagBytes: number;
  /** `ICANON`: lines are edited by the terminal. */
  lines: number;
  /** `ICRNL`: the Enter key is a newline. */
  enterIsNewline: number;
  /** `VMIN` and `VTIME`, counted from the first byte. */
  least: number;
  patience: number;
}

/** `ECHO`: what is typed is shown. */
const ECHO = 0o10;

/** More than any system has. */
const TERMIOS_BYTES = 128;

const LINUX: TermiosLayout = {
  flagBytes: 4,
  lines: 0o2,
  enterIsNewline: 0o400,
  least: 17 + 6,
  patience: 17 + 5,
};

const MACOS: TermiosLayout = {
  flagBytes: 8,
  lines: 0x100,
  enterIsNewline: 0x100,
  least: 32 + 16,
  patience: 32 + 17,
};

/**
 * Keeps the terminal `file` from showing what is typed, which then comes key
 * by key, until disposed of. Ctrl-C stays a signal: that is what the raw mode
 * of Node would change.
 *
 * @throws {Error} If it is no terminal.
 */
export function hideInput(file: number): Disposable {
  const layout = bun.process.platform === "linux" ? LINUX : MACOS;
  const before = new Uint8Array(TERMIOS_BYTES);
  if (!readTerminal(file, before)) {
    throw new Error("Cannot hide what is typed: stdin is not a terminal");
  }
  const hidden = before.slice();
  const view = new DataView(hidden.buffer);
  const clear = (group: number, flags: number) => {
    const at = group * layout.flagBytes;
    view.setUint32(at, view.getUint32(at, true) & ~flags, true);
  };
  clear(INPUT, layout.enterIsNewline);
  clear(LOCAL, layout.lines | ECHO);
  hidden[layout.least] = 1;
  hidden[layout.patience] = 0;
  setTerminal(file, hidden);
  return { [Symbol.dispose]: () => void setTerminal(file, before) };
}

/** The groups of flags: input, output, control, local. */
const INPUT = 0;
const LOCAL = 3;
