const decoder = new TextDecoder();

/** What is not ASCII. */
// deno-lint-ignore no-control-regex -- ASCII begins with them
const OTHER = /[^\x00-\x7f]/;

/** Returns a character for each byte. */
export function fromLatin1(bytes: Uint8Array): string {
  const text = decoder.decode(bytes); // the fastest way, for ASCII
  if (!OTHER.test(text)) return text;
  return Array.from(bytes, (it) => String.fromCharCode(it)).join("");
}
