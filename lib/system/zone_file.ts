const HEADER_BYTES = 44;

/** How far a time zone is from UTC during some time. */
export interface ZoneOffset {
  /** How far, milliseconds. */
  offsetMs: number;
  /** Since when, epoch milliseconds. */
  from: number;
  /** Until when, epoch milliseconds. */
  until: number;
}

/**
 * Returns how far a time zone is from UTC at `timeMs`, by its file (TZif, RFC
 * 9636). Returns `undefined` if the list in the file does not tell: the time is
 * before its beginning, or after its end in a zone whose clocks still change.
 *
 * Bun's `Date` takes 5 to 9 ms for the first local time (1.4.5), longer than
 * all the rest of `list`.
 */
export function offsetIn(
  file: Uint8Array,
  timeMs: number,
): ZoneOffset | undefined {
  try {
    return findOffset(file, timeMs / 1_000);
  } catch (error) {
    if (error instanceof RangeError) return undefined; // the file is cut short
    throw error;
  }
}

function findOffset(
  file: Uint8Array,
  second: number,
): ZoneOffset | undefined {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const hasLongTimes = view.getUint32(0) === 0x545a6966 && // "TZif"
    view.getUint8(4) >= 0x32;
  if (!hasLongTimes) return undefined;
  // The first part has the same with 32-bit times, for old programs.
  const start = HEADER_BYTES + bytesOf(countsAt(view, 0), 4);
  const counts = countsAt(view, start);
  const { changes, leapSeconds } = counts;
  const times = start + HEADER_BYTES;
  const rule = file.subarray(times + bytesOf(counts, 8));
  let last = changes - 1;
  while (last >= 0 && timeAt(view, times, last) > second) last--;
  const isKnown = changes === 0 || last >= 0 &&
      (last < changes - 1 || !rule.includes(COMMA));
  if (!isKnown || leapSeconds > 0) return undefined;
  const types = times + changes * 8;
  const type = last < 0 ? 0 : view.getUint8(types + last);
  return {
    offsetMs: view.getInt32(types + changes + type * 6) * 1_000,
    from: last < 0 ? -Infinity : timeAt(view, times, last) * 1_000,
    until: last === changes - 1
      ? Infinity
      : timeAt(view, times, last + 1) * 1_000,
  };
}

/** It separates the rule of the clock changes that follow the list. */
const COMMA = 0x2c;

/** The sizes of one part of the file. */
interface Counts {
  changes: number;
  types: number;
  letters: number;
  leapSeconds: number;
  marks: number;
}

function countsAt(view: DataView, start: number): Counts {
  return {
    marks: view.getUint32(start + 20) + view.getUint32(start + 24),
    leapSeconds: view.getUint32(start + 28),
    changes: view.getUint32(start + 32),
    types: view.getUint32(start + 36),
    letters: view.getUint32(start + 40),
  };
}

/** The bytes of a part after its header, where a time has `timeBytes`. */
function bytesOf(
  { changes, types, letters, leapSeconds, marks }: Counts,
  timeBytes: number,
): number {
  return changes * (timeBytes + 1) + types * 6 + letters +
    leapSeconds * (timeBytes + 4) + marks;
}

function timeAt(view: DataView, times: number, at: number): number {
  const high = view.getInt32(times + at * 8);
  return high * 2 ** 32 + view.getUint32(times + at * 8 + 4);
}
