/** An API to ask. */
export interface Api {
  /** Its base URL. */
  url: string;
  /** The key to send. */
  key: string;
}

/**
 * Asks two APIs in turn, under the same conditions, and returns the times to
 * the first byte of the body, milliseconds.
 */
export async function measureFirstBytes(
  direct: Api,
  gateway: Api,
  rounds: number,
): Promise<{ direct: number[]; gateway: number[] }> {
  const times = { direct: [] as number[], gateway: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    times.direct.push(await timeToFirstByte(direct));
    times.gateway.push(await timeToFirstByte(gateway));
  }
  return times;
}

/** Returns the value that `percent` of `values` do not exceed. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = Math.ceil(sorted.length * percent / 100) - 1;
  return sorted[Math.max(at, 0)] ?? NaN;
}

async function timeToFirstByte({ url, key }: Api): Promise<number> {
  const start = performance.now();
  const response = await fetch(`${url}/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify({ model: "m", id: 0, seconds: 1, events: 1 }),
  });
  const reader = response.body?.getReader();
  await reader?.read();
  const time = performance.now() - start;
  while (!(await reader?.read())?.done);
  return time;
}
