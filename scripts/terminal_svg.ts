/** How to draw. */
export interface TerminalSvgOptions {
  /** The width of the terminal, in characters. */
  columns: number;
  /** A description for readers who cannot see it. */
  title: string;
}

interface Style {
  isBold: boolean;
  isDim: boolean;
  /** An index of `COLOURS`. */
  colour: number | undefined;
}

interface Cell extends Style {
  character: string;
}

const PLAIN: Style = { isBold: false, isDim: false, colour: undefined };

const FONT_SIZE = 14;
const CELL_WIDTH = 8.4;
const LINE_HEIGHT = 20;
const MARGIN = 16;
const BACKGROUND = "#16181d";
const FOREGROUND = "#d7dae0";
const FONTS =
  "ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, monospace";

/** Black, red, green, yellow, blue, magenta, cyan, white: 30 to 37 of SGR. */
const COLOURS = [
  ...["#5c6370", "#e06c75", "#98c379", "#e5c07b"],
  ...["#61afef", "#c678dd", "#56b6c2", "#ffffff"],
];

/** A control sequence of ECMA-48, a control character, or any other one. */
// deno-lint-ignore no-control-regex
const TOKEN = /\x1b\[([\d;]*)([A-Za-z])|([\r\n])|(\x1b.)|(.)/gsu;

/**
 * Draws the final state of a terminal after `output`, as an SVG document.
 *
 * Supports what our programs and Deno write: colours, bold and dim text, and
 * the sequences that go to a column and erase. A library for a complete
 * terminal is forty times as long.
 *
 * @throws {Error} If there is anything else, because the picture would be
 * wrong.
 */
export function terminalSvg(
  output: string,
  { columns, title }: TerminalSvgOptions,
): string {
  const rows = readRows(output, columns);
  const width = Math.ceil(columns * CELL_WIDTH + 2 * MARGIN);
  const height = rows.length * LINE_HEIGHT + 2 * MARGIN;
  const texts = rows.flatMap((cells, row) => drawRow(cells, row));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escape(title)}</title>
<rect width="${width}" height="${height}" rx="8" fill="${BACKGROUND}"/>
<g font-family="${FONTS}" font-size="${FONT_SIZE}" fill="${FOREGROUND}" xml:space="preserve">
${texts.join("\n")}
</g>
</svg>
`;
}

function readRows(output: string, columns: number): Cell[][] {
  const rows: Cell[][] = [[]];
  let column = 0;
  let style = PLAIN;
  for (const match of output.matchAll(TOKEN)) {
    const [text, parameters = "", command, control, , character] = match;
    const row = rows.at(-1) ?? [];
    if (command === "m") {
      style = restyle(style, parameters);
    } else if (command === "G") {
      column = Math.max(Number(parameters) - 1, 0);
    } else if (command === "K" && parameters === "2") {
      row.length = 0;
    } else if ((command === "J" || command === "K") && parameters === "") {
      row.length = Math.min(row.length, column);
    } else if (control === "\r") {
      column = 0;
    } else if (control === "\n") {
      rows.push([]);
    } else if (character !== undefined && character >= " ") {
      if (column === columns) {
        rows.push([]);
        column = 0;
      }
      while (row.length < column) row.push({ ...PLAIN, character: " " });
      (rows.at(-1) ?? row)[column++] = { ...style, character };
    } else {
      throw new Error(`Cannot draw ${JSON.stringify(text)}: it is unknown`);
    }
  }
  while (rows.at(-1)?.length === 0) rows.pop();
  return rows;
}

function restyle(style: Style, parameters: string): Style {
  return parameters.split(";").map(Number).reduce((style, code) => {
    if (code === 0) return PLAIN;
    if (code === 1) return { ...style, isBold: true };
    if (code === 2) return { ...style, isDim: true };
    if (code === 22) return { ...style, isBold: false, isDim: false };
    if (code === 39) return { ...style, colour: undefined };
    if (code >= 30 && code <= 37) return { ...style, colour: code - 30 };
    throw new Error(`Cannot draw style ${code}: it is unknown`);
  }, style);
}

/** One element for each stretch of one style; blanks need none. */
function drawRow(cells: readonly Cell[], row: number): string[] {
  const y = MARGIN + row * LINE_HEIGHT + FONT_SIZE;
  const texts: string[] = [];
  for (let start = 0, end = 0; start < cells.length; start = end) {
    const first = cells[start] ?? { ...PLAIN, character: "" };
    while (end < cells.length && isAlike(cells[end], first)) end++;
    const text = cells.slice(start, end).map((it) => it.character).join("");
    if (text.trim() === "") continue;
    const x = (MARGIN + start * CELL_WIDTH).toFixed(1);
    // The length keeps the columns straight with any font.
    const length = ((end - start) * CELL_WIDTH).toFixed(1);
    texts.push(
      `<text x="${x}" y="${y}" textLength="${length}"${attributes(first)}>${
        escape(text)
      }</text>`,
    );
  }
  return texts;
}

function isAlike(cell: Cell | undefined, other: Style): boolean {
  return cell?.isBold === other.isBold && cell.isDim === other.isDim &&
    cell.colour === other.colour;
}

function attributes({ isBold, isDim, colour }: Style): string {
  return (isBold ? ' font-weight="bold"' : "") +
    (isDim ? ' opacity="0.6"' : "") +
    (colour === undefined ? "" : ` fill="${COLOURS[colour]}"`);
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
