import type { LoggedEvent } from "../../disk/audit_tail.ts";
import { displayWidth, screenWidth, shorten, wrap } from "./wrap.ts";
import { formatJsonLine } from "./json.ts";
import type { Paint } from "./paint.ts";
import { printable, writeLine } from "./streams.ts";
import { formatTable } from "./table.ts";
import { isoTime, minute } from "./time.ts";
import { ASKED_FOR } from "../../ledger/cooldown.ts";
import type { AccountName } from "../../account_name.ts";

/** How to show events. */
interface LogScreenOptions {
  /** Whether to print each event as one line of JSON. */
  isJson: boolean;
  /** Colors for the table. */
  paint: Paint;
  /** The columns of the screen. @default those of the terminal, if it is one */
  width?: () => number | undefined;
}

const HEADING = ["time", "event", "account", "reason"];

/** The minimum width of the reason; with less room, it goes below the row. */
const LEAST_ROOM = 24;

/** The width of the other columns: a time, an event and two accounts. */
const LEAST_HEAD = 48;

/** The minimum width of each of the two labels. */
const LEAST_LABEL = 10;

/** The number of rows that determine the widths of the columns. */
const REMEMBERED = 100;

/** Writes events to stdout, as they come. */
export class LogScreen {
  readonly #labels: ReadonlyMap<number, string | undefined>;
  readonly #options: LogScreenOptions;
  #rows: string[][] = [];

  /** Creates a screen that shows the accounts by their `names`. */
  constructor(names: readonly AccountName[], options: LogScreenOptions) {
    this.#labels = new Map(names.map((it) => [it.index, it.label]));
    this.#options = options;
  }

  /** Writes `events`, the first ones below a heading. */
  async show(events: readonly LoggedEvent[]): Promise<void> {
    if (events.length === 0) return;
    await writeLine("stdout", this.lines(events).join("\n"));
  }

  /** Returns what {@linkcode show} writes. */
  lines(events: readonly LoggedEvent[]): string[] {
    return this.#options.isJson
      ? events.map((it) => this.#toJson(it))
      : this.#toTable(events);
  }

  #toTable(events: readonly LoggedEvent[]): string[] {
    const { paint } = this.#options;
    const width = this.#width();
    const isFirst = this.#rows.length === 0;
    const rows = events.map((it) => [
      minute(it.time),
      it.event.replace(/^(?:account|credential)_/, "").replaceAll("_", " "),
      this.#accounts(it),
      eventReason(it.reason),
    ]);
    const before = isFirst ? [HEADING] : this.#rows;
    const all = [...before, ...rows];
    const lines = formatEvents(all, width);
    const heading = isFirst ? lines.slice(0, 1).flat().map(paint.bold) : [];
    this.#rows = [HEADING, ...all.slice(1).slice(-REMEMBERED)];
    return [
      ...heading,
      ...lines.slice(before.length).flatMap((row, at) =>
        events[at]?.level === "error" ? row.map(paint.red) : row
      ),
    ];
  }

  #accounts({ from, to }: LoggedEvent): string {
    const all = from === to ? [from] : [from, to];
    const labels = all.flatMap((it) =>
      it === null ? [] : this.#label(it) ?? `${it}`
    );
    // A long first label would hide the second account.
    const isCut = labels.length > 1 && this.#width() !== undefined;
    return labels.map((it) => isCut ? shorten(it, LEAST_LABEL) : it)
      .join(" -> ");
  }

  #width(): number | undefined {
    return (this.#options.width ?? screenWidth)();
  }

  #label(index: number | null): string | undefined {
    return index === null ? undefined : this.#labels.get(index);
  }

  #toJson({ time, level, event, from, to, reason }: LoggedEvent): string {
    return formatJsonLine({
      timestamp: isoTime(time),
      level,
      event,
      from,
      from_label: this.#label(from),
      to,
      to_label: this.#label(to),
      reason,
    });
  }
}

/**
 * Returns the lines of each row. In `width` columns, the reason, which is the
 * last cell, wraps between words; without a width, a row is one line.
 */
function formatEvents(
  rows: readonly string[][],
  width: number | undefined,
): string[][] {
  if (width === undefined) return formatTable(rows).map((it) => [it]);
  const isBelow = width < LEAST_HEAD + LEAST_ROOM;
  const heads = formatTable(rows.map((it) => it.slice(0, -1)), {
    width: isBelow ? width : width - LEAST_ROOM - 2,
    shrinkable: [1, 2],
  });
  const headWidth = Math.max(...heads.map(displayWidth)) + 2;
  const hang = " ".repeat(isBelow ? 4 : headWidth);
  return rows.map((row, at) => {
    const head = heads[at] ?? "";
    const reason = printable(row.at(-1) ?? "");
    if (isBelow) {
      const below = reason === ""
        ? []
        : wrap(reason, width, { first: hang, hang });
      return [head, ...below].map((it) => shorten(it, width));
    }
    const first = head + " ".repeat(headWidth - displayWidth(head));
    return wrap(reason, width, { first, hang }).map((it) => shorten(it, width));
  });
}

/** A time in a reason, in UTC. */
const TIME = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;

/** Returns the reason of a logged event in words, its times in the local zone. */
export function eventReason(reason: string): string {
  const text = reason.startsWith(ASKED_FOR)
    ? `by you${reason.slice(ASKED_FOR.length)}`
    : reason;
  return text.replace(TIME, minute);
}
