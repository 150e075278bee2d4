/**
 * Returns the candidate that is spelled almost like `word`, or the only one
 * that starts with it; `undefined` if there is none.
 */
export function nearest(
  word: string,
  candidates: readonly string[],
): string | undefined {
  const typed = word.toLowerCase();
  let [guess, least]: [string | undefined, number] = [undefined, Infinity];
  for (const candidate of candidates) {
    const edits = distance(typed, candidate.toLowerCase());
    const longer = Math.max(letters(typed), letters(candidate));
    if (edits >= least || edits > Math.max(1, Math.floor(longer / 3))) continue;
    if (edits >= longer) continue; // nothing is the same, as in -x and -h
    [guess, least] = [candidate, edits];
  }
  if (guess !== undefined || letters(typed) < 3) return guess;
  const begun = candidates.filter((it) => it.toLowerCase().startsWith(typed));
  return begun.length === 1 ? begun[0] : undefined;
}

/**
 * Returns the end of a message about `word` that suggests a candidate, if one
 * is similar.
 */
export function didYouMean(
  word: string,
  candidates: readonly string[],
): string {
  const guess = nearest(word, candidates);
  return guess === undefined ? "" : ` (did you mean "${guess}"?)`;
}

/** Returns the length without the dashes of a flag. */
function letters(word: string): number {
  return word.replace(/^-+/, "").length;
}

/**
 * Returns how many letters to add, remove, replace or swap with the next one
 * (Damerau-Levenshtein distance in its restricted form).
 */
function distance(a: string, b: string): number {
  const rows: number[][] = [[...Array(b.length + 1).keys()]];
  const at = (i: number, j: number) => rows[i]?.[j] ?? Infinity;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      const isSwapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(Math.min(
        at(i - 1, j) + 1,
        at(i, j - 1) + 1,
        at(i - 1, j - 1) + (isSame ? 0 : 1),
        isSwapped ? at(i - 2, j - 2) + 1 : Infinity,
      ));
    }
  }
  return at(a.length, b.length);
}
