import { readTerminal, setTerminal } from "./libc.ts";
import { bun } from "./modules.ts";

/** The layout of `struct termios` (termios.h). */
interface TermiosLayout {
  /** The size of each group of flags, bytes. */
  flagBytes: number;
  /** `ICANON`: the terminal edits lines. */
  lines: number;
  /** `ICRNL`: the Enter key sends a newline. */
  enterIsNewline: number;
  /** The offset of `VMIN`: how many bytes a read waits for. */
  least: number;
  /** The offset of `VTIME`: how long it waits. */
  patience: number;
}

/** `ECHO`: the terminal shows what is typed. */
const ECHO = 0o10;

/** Larger than the struct of any system. */
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
 * Stops the terminal `file` from showing what is typed, and reads key by key,
 * until disposed of. Ctrl-C still sends a signal, which it would not in Node's
 * raw mode.
 *
 * @throws {Error} If it is not a terminal.
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

/** The positions of two groups of flags: input, output, control, local. */
const INPUT = 0;
const LOCAL = 3;
