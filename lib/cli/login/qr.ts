import { encode } from "uqr";

/** The available space on the terminal. */
export interface QrCodeOptions {
  /** The number of characters per line. */
  columns: number;
  /** The number of available lines. */
  rows: number;
}

/**
 * The empty margins to try, in modules: four by ISO/IEC 18004, and two if space
 * is short, which phones can still read.
 */
const QUIET_ZONES = [4, 2];

/** The capacity of the largest code (ISO/IEC 18004, version 40 at level L). */
const MOST_BYTES = 2_953;

/**
 * Black on white, whatever the colors of the terminal. These colors are the
 * picture, not decoration, so `NO_COLOR` does not apply.
 */
const BLACK_ON_WHITE = "\x1b[38;5;16;48;5;231m";
const RESET = "\x1b[0m";

/**
 * Returns a QR code of `text` for a terminal, with two rows of modules per
 * line; `undefined` if it does not fit.
 */
export function qrCode(
  text: string,
  { columns, rows }: QrCodeOptions,
): string | undefined {
  if (new TextEncoder().encode(text).length > MOST_BYTES) return undefined;
  for (const border of QUIET_ZONES) {
    const { data, size } = encode(text, { ecc: "L", border });
    const fits = size <= columns && Math.ceil(size / 2) <= rows;
    if (fits) return draw(data);
  }
  return undefined;
}

function draw(modules: readonly boolean[][]): string {
  const lines: string[] = [];
  for (let row = 0; row < modules.length; row += 2) {
    const [upper = [], lower = []] = modules.slice(row, row + 2);
    const blocks = upper.map((isBlack, at) => blockOf(isBlack, lower[at]));
    lines.push(`${BLACK_ON_WHITE}${blocks.join("")}${RESET}`);
  }
  return lines.join("\n");
}

function blockOf(upper: boolean, lower = false): string {
  if (upper) return lower ? "█" : "▀";
  return lower ? "▄" : " ";
}
