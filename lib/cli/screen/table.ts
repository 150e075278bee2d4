import type { CommandContext, Flags } from "../line/command.ts";
import { beginningOf, displayWidth, screenWidth, shorten } from "./wrap.ts";
import { printable } from "./streams.ts";

const GAP = "  ";

/** The minimum width of a column: seven letters and the `…`. */
const LEAST = 8;

/**
 * The minimum width of a column of labels: enough to tell most of them apart.
 */
const LEAST_LABEL = 16;

/** The minimum width of any column where a terminal has room for no more. */
const LEAST_OF_ALL = 2;

/** How to make a table fit. */
interface TableOptions {
  /** The columns of the terminal. @default unlimited */
  width?: number | undefined;
  /** The columns, from 0, that may be shortened first. @default all */
  shrinkable?: readonly number[];
  /**
   * The columns, from 0, that are shortened next, to a width that keeps most
   * labels distinct. @default none
   */
  labels?: readonly number[];
  /**
   * The columns, from 0, to omit if shortening is not enough, in this order.
   * @default none
   */
  droppable?: readonly number[];
  /**
   * The columns, from 0, whose cells stay distinct when they are cut: those
   * that would look the same keep the part in which they differ. @default none
   */
  distinct?: readonly number[];
}

/**
 * Aligns the cells of `rows` in columns, two spaces apart; returns one line per
 * row. If they are wider than `width`, the widest cells are cut with `…`: first
 * the shrinkable ones, then labels, and all cells only if no column is left to
 * omit.
 */
export function formatTable(
  rows: readonly (readonly string[])[],
  options: TableOptions = {},
): string[] {
  const cells = rows.map((row) => row.map(toCell));
  const widths = fit(naturalWidths(cells), options);
  for (const at of options.distinct ?? []) {
    keepDistinct(cells, { at, width: widths.get(at) ?? Infinity });
  }
  return cells.map((row) =>
    [...widths].map(([at, width]) => fitted(row[at] ?? EMPTY, width)).join(GAP)
      .trimEnd()
  );
}

/** A column of a table whose rows are `Row`s. */
export interface Column<Row> {
  /** Its heading. */
  name: string;
  cell: (row: Row) => string;
  /** Whether it is omitted if all its cells are empty. @default false */
  isOptional?: boolean;
  /** Whether it has labels, or may be shortened before them. @default neither */
  shrinks?: "first" | "label";
  /** If shortening is not enough, the lowest number is omitted first. */
  drops?: number;
  /** Whether cells that differ still do when they are cut. @default false */
  isDistinct?: boolean;
}

/** Formats a table of `columns` that fits `width`, with their names above it. */
export function formatColumns<Row>(
  columns: readonly Column<Row>[],
  { rows, width }: { rows: readonly Row[]; width: number | undefined },
): string[] {
  const shown = columns.filter(({ cell, isOptional }) =>
    !isOptional || rows.some((it) => cell(it) !== "")
  );
  const placesOf = (isMeant: (it: Column<Row>) => boolean) =>
    [...shown.keys()].filter((at) => shown[at] && isMeant(shown[at]));
  const orderOf = (at: number) => shown[at]?.drops ?? 0;
  return formatTable([
    shown.map((it) => it.name),
    ...rows.map((row) => shown.map((it) => it.cell(row))),
  ], {
    width,
    shrinkable: placesOf((it) => it.shrinks === "first"),
    labels: placesOf((it) => it.shrinks === "label"),
    droppable: placesOf((it) => it.drops !== undefined)
      .sort((a, b) => orderOf(a) - orderOf(b)),
    distinct: placesOf((it) => it.isDistinct ?? false),
  });
}

/** Prints a table that fits the terminal, with its first row as a heading. */
export function printTable(
  rows: readonly (readonly string[])[],
  { print, paint, ...options }:
    & Omit<TableOptions, "width">
    & Pick<CommandContext<Flags>, "print" | "paint">,
): void {
  const width = screenWidth();
  const [heading = "", ...lines] = formatTable(rows, { ...options, width });
  print(heading, paint.bold);
  print(lines);
}

/** The text of a cell, and its width. */
interface Cell {
  text: string;
  width: number;
}

const EMPTY: Cell = { text: "", width: 0 };

/** The widths by column; a missing column is omitted. */
type Widths = Map<number, number>;

function naturalWidths(rows: readonly (readonly Cell[])[]): Widths {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach(({ width }, at) => {
      if (width > (widths[at] ?? -1)) widths[at] = width;
    });
  }
  return new Map(widths.entries());
}

function fit(natural: Widths, options: TableOptions): Widths {
  const { width = Infinity, droppable = [], labels = [] } = options;
  const { shrinkable = [...natural.keys()] } = options;
  const kept = new Map(natural);
  const shorten = () =>
    shrink(shrink(kept, shrinkable, width), labels, width, LEAST_LABEL);
  for (const column of [-1, ...droppable]) { // at first, none is dropped
    kept.delete(column);
    const widths = shorten();
    if (total(widths) <= width) return widths;
  }
  const all = [...kept.keys()];
  return shrink(shrink(shorten(), all, width), all, width, LEAST_OF_ALL);
}

function shrink(
  natural: Widths,
  shrinkable: readonly number[],
  width: number,
  least = LEAST,
): Widths {
  const widths = new Map(natural);
  for (let over = total(widths) - width; over > 0; over--) {
    const [at, widest] = [...widths]
      .filter(([it, size]) => shrinkable.includes(it) && size > least)
      .reduce((a, b) => b[1] > a[1] ? b : a, [-1, 0]);
    if (widest === 0) break;
    widths.set(at, widest - 1);
  }
  return widths;
}

function total(widths: Widths): number {
  const gaps = Math.max(0, widths.size - 1) * GAP.length;
  return widths.values().reduce((sum, it) => sum + it, gaps);
}

/** A cell that can be shown as it is. */
const PLAIN = /^[ -~]*$/;

/**
 * Returns a cell as one line without tabs, because both would break the
 * columns.
 */
function toCell(text: string): Cell {
  if (PLAIN.test(text)) return { text, width: text.length };
  return measured(printable(text.replace(/[\t\n\p{Zl}\p{Zp}]/gu, " ")));
}

function measured(text: string): Cell {
  return { text, width: displayWidth(text) };
}

/** Cuts the cells of column `at` that would look the same otherwise. */
function keepDistinct(
  rows: readonly Cell[][],
  { at, width }: { at: number; width: number },
): void {
  const texts = new Set(rows.map((row) => row[at]?.text ?? ""));
  const cut = cutApart([...texts], width);
  for (const row of rows) {
    const { text = "" } = row[at] ?? {};
    const short = cut.get(text);
    if (short !== undefined) row[at] = measured(short);
  }
}

/** Returns how to show those of `texts` that would look the same at `width`. */
function cutApart(
  texts: readonly string[],
  width: number,
): Map<string, string> {
  const alike = Map.groupBy(texts, (it) => shorten(it, width)).values();
  return new Map(
    alike.filter((it) => it.length > 1).flatMap((it) => cutGroup(it, width)),
  );
}

function cutGroup(
  texts: readonly string[],
  width: number,
): (readonly [text: string, cut: string])[] {
  const from = sameBeginning(texts);
  const cut = (it: string) => cutMiddle(it, { from, width });
  return [...Map.groupBy(texts, cut)].flatMap(([short, group]) =>
    group.length > 1 && group.length < texts.length
      ? cutGroup(group, width)
      : group.map((it) => [it, short] as const)
  );
}

/** Returns how many UTF-16 units all of `texts` begin with. */
function sameBeginning([first = "", ...others]: readonly string[]): number {
  let length = 0;
  for (const letter of first) {
    const next = length + letter.length;
    if (!others.every((it) => it.startsWith(first.slice(0, next)))) break;
    length = next;
  }
  return length;
}

/** Narrower cells have no room for a second `…`. */
const LEAST_FOR_TWO = 4;

/** Cuts what is before `from`, and the end only if that is not enough. */
function cutMiddle(
  text: string,
  { from, width }: { from: number; width: number },
): string {
  if (from === text.length) return shorten(text, width);
  const rest = text.slice(from);
  const end = width < LEAST_FOR_TWO
    ? beginningOf(rest, width - 1)
    : shorten(rest, width - 1);
  return `${beginningOf(text, width - 1 - displayWidth(end))}…${end}`;
}

function fitted(cell: Cell, width: number): string {
  const it = cell.width > width ? measured(shorten(cell.text, width)) : cell;
  return it.text + " ".repeat(width - it.width);
}
