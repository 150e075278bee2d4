const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * Reads a time such as `45s`, `1.5m`, `500ms`, `2h` or `1d` as milliseconds; a bare
 * number is seconds. `undefined` if it is none or not above zero.
 */
export function parseDuration(text: string): number | undefined {
  const [, number, unit = "s"] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text) ??
    [];
  const ms = Number(number) * (UNITS_MS[unit] ?? NaN);
  return ms > 0 && Number.isFinite(ms) ? ms : undefined;
}
