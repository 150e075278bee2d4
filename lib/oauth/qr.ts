import { encode } from "uqr";

/** The room on a terminal. */
export interface QrCodeOptions {
  /** How many characters fit in a line. */
  columns: number;
  /** How many lines may be used. */
  rows: number;
}

/**
 * The empty edge that a camera needs, in modules: four by ISO/IEC 18004, two
 * where there is no room for more, which telephones still read.
 */
const QUIET_ZONES = [4, 2];

/** The largest code holds no more (ISO/IEC 18004, version 40 at level L). */
const MOST_BYTES = 2_953;

/**
 * Black on white whatever the terminal's own colours are. They carry the
 * picture and do not adorn it, so that `NO_COLOR` does not mean them.
 */
const BLACK_ON_WHITE = "\x1b[38;5;16;48;5;231m";
const RESET = "\x1b[0m";

/**
 * Returns a QR code of `text` for a terminal, one line for two rows of
 * modules, or `undefined` if it has no room.
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
