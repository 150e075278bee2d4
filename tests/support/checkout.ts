/** The folder of this checkout. */
export const CHECKOUT: string = Deno.realPathSync(
  new URL("../..", import.meta.url),
);
