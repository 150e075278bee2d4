/** A stream of the load. */
export interface Wanted {
  /** Its number. */
  id: number;
  /** How long it lasts. */
  seconds: number;
  /** Events a second. */
  events: number;
}

/**
 * Requests a stream and compares it; returns what is wrong with it, if
 * anything.
 */
export async function readStream(
  { url, key }: { url: string; key: string },
  wanted: Wanted,
): Promise<string | undefined> {
  const expected = new TextEncoder().encode(textOf(wanted));
  let at = 0;
  try {
    const response = await fetch(`${url}/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}` },
      body: JSON.stringify({ model: "m", ...wanted }),
    });
    if (!response.body) return "no body";
    for await (const chunk of response.body) {
      for (const byte of chunk) {
        if (byte !== expected[at++]) return `byte ${at - 1} is another one`;
      }
    }
  } catch (error) {
    return `broke at byte ${at}: ${error} ${(error as Error).cause}`;
  }
  return at === expected.length ? undefined : `ended at byte ${at}`;
}

function textOf({ id, seconds, events }: Wanted): string {
  return Array.from(
    { length: seconds * events },
    (_, number) => eventOf(id, number),
  ).join("") + END;
}

/** Text with characters of two, three and four bytes. */
function eventOf(id: number, number: number): string {
  const content = `${id}/${number} é 漢 🙂 `;
  const delta = { content };
  return `data: ${
    JSON.stringify({ id, choices: [{ index: 0, delta }] })
  }\r\n\r\n`;
}

const END = "data: [DONE]\r\n\r\n";

/** Answers the request for a stream, one event at a time. */
export async function answer(request: Request): Promise<Response> {
  const wanted: Wanted = await request.json();
  const encoder = new TextEncoder();
  let number = 0;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (number === wanted.seconds * wanted.events) {
        controller.enqueue(encoder.encode(END));
        return controller.close();
      }
      if (number > 0) {
        const pause = 1_000 / wanted.events;
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
      controller.enqueue(encoder.encode(eventOf(wanted.id, number++)));
    },
  }, { highWaterMark: 0 });
  return new Response(body, {
    headers: { "content-type": "text/event-stream" },
  });
}
