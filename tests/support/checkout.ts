/** The folder of this checkout. */
export const CHECKOUT: string = Deno.realPathSync(
  new URL("../..", import.meta.url),
);

/** The path of a file or folder in `tests/`. */
export function testFile(path: string): string {
  return `${CHECKOUT}/tests/${path}`;
}
