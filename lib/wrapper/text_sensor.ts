/**
 * Returns a sensor for a stream of output that calls `onFound` once, when
 * `text` has come by, also across two chunks.
 */
export function textSensor(
  text: string,
  onFound: () => void,
): (chunk: Uint8Array) => void {
  const decoder = new TextDecoder();
  let seen = "";
  let found = false;
  return (chunk) => {
    if (found) return;
    seen += decoder.decode(chunk, { stream: true });
    found = seen.includes(text);
    if (found) onFound();
    seen = seen.slice(-text.length);
  };
}
