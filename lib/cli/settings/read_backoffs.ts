import {
  type Backoffs,
  SPACED_VERDICTS,
  type Spacing,
} from "../../verdict/policy.ts";
import {
  type Entry,
  problemOf,
  readDuration,
  requireFields,
} from "./setting_parts.ts";

/** Whatever is larger is a mistake. */
const LARGEST_FACTOR = 100;

/** The fields of the entry with this name are those that others lack. */
const DEFAULT = "default";

const FIELDS: Readonly<Record<string, (value: unknown) => Spacing>> = {
  first: (value) => ({ firstMs: readDuration(value) }),
  factor: (value) => ({ factor: readFactor(value) }),
  max: (value) => ({ maxMs: readDuration(value) }),
  jitter: (value) => ({ jitter: readShare(value) }),
};

/**
 * Reads how waits grow, by the verdict.
 *
 * @throws The error of the entry's `fail`, with the verdict and the field.
 */
export function readBackoffs(
  value: unknown,
  { position, fail }: Entry,
): Backoffs {
  try {
    const given = requireFields(value, [...SPACED_VERDICTS, DEFAULT]);
    const common = DEFAULT in given ? readSpacing(given, DEFAULT) : {};
    const limits = SPACED_VERDICTS.filter((it) => it in given || isLimit(it));
    const entries = limits.map((it) => {
      const own = it in given ? readSpacing(given, it) : {};
      return [it, checked({ ...common, ...own }, it)] as const;
    });
    return Object.fromEntries(
      entries.filter(([name, it]) =>
        name in given || Object.keys(it).length > 0
      ),
    );
  } catch (error) {
    throw fail(position.value, problemOf(error));
  }
}

/** Retries are made only if the user asks for them. */
function isLimit(name: string): boolean {
  return name !== "transient";
}

function readSpacing(given: Record<string, unknown>, name: string): Spacing {
  try {
    const fields = requireFields(given[name], Object.keys(FIELDS));
    const parts = Object.entries(fields).map(([field, value]) => {
      try {
        return FIELDS[field]?.(value) ?? {};
      } catch (error) {
        throw new TypeError(`${field}: ${problemOf(error)}`);
      }
    });
    return Object.assign({}, ...parts);
  } catch (error) {
    throw new TypeError(`${name}: ${problemOf(error)}`);
  }
}

function checked(spacing: Spacing, name: string): Spacing {
  const { firstMs = 0, maxMs = Infinity } = spacing;
  if (firstMs <= maxMs) return spacing;
  throw new TypeError(`${name}: first is longer than max`);
}

function readFactor(value: unknown): number {
  const isFactor = typeof value === "number" && value >= 1 &&
    value <= LARGEST_FACTOR;
  if (isFactor) return value;
  throw new TypeError(
    `${JSON.stringify(value)} is not a number from 1 to ${LARGEST_FACTOR}`,
  );
}

/** Reads `20%` or `0.2`. */
function readShare(value: unknown): number {
  const [, percent] = /^(\d{1,3}(?:\.\d+)?)%$/.exec(String(value)) ?? [];
  const share = percent === undefined ? value : Number(percent) / 100;
  if (typeof share === "number" && share >= 0 && share <= 1) return share;
  throw new TypeError(`${JSON.stringify(value)} is not 0% to 100%`);
}
