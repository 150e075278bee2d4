const UNITS_MS = [86_400_000, 3_600_000, 60_000, 1_000, 1];

/** A number of each unit, the largest first. */
const PARTS = new RegExp(
  `^${["d", "h", "m", "s", "ms"].map(partOf).join("")}$`,
);

function partOf(unit: string): string {
  return String.raw`(?:(\d+(?:\.\d+)?)${unit})?`;
}

/**
 * Parses a duration such as `45s`, `1.5m`, `500ms`, `1h30m` or `2d4h` as
 * milliseconds; a bare number is seconds. Returns `undefined` if it is invalid or
 * not above zero.
 */
export function parseDuration(text: string): number | undefined {
  const whole = /^\d+(?:\.\d+)?$/.test(text) ? `${text}s` : text;
  const [, ...parts] = PARTS.exec(whole) ?? [];
  const ms = parts.reduce(
    (sum, it, at) => sum + Number(it ?? 0) * (UNITS_MS[at] ?? NaN),
    0,
  );
  return ms > 0 && Number.isFinite(ms) ? ms : undefined;
}
