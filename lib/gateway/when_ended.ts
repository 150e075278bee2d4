/**
 * Returns `response`, calling `done` once its body has ended, failed or been
 * canceled. The body fails when `signal` aborts, even if nobody reads it.
 */
export function whenEnded(
  response: Response,
  done: () => void,
  signal: AbortSignal,
): Response {
  const { status, headers, body } = response;
  if (!body) {
    done();
    return response;
  }
  const reader = body.getReader();
  let stop = () => {};
  const end = () => {
    signal.removeEventListener("abort", stop);
    done();
  };
  const passed = new ReadableStream<Uint8Array>({
    start(controller) {
      stop = () => {
        end();
        controller.error(signal.reason);
        reader.cancel(signal.reason).catch(() => {}); // it fails, too
      };
      signal.addEventListener("abort", stop);
    },
    async pull(controller) {
      try {
        const { done: isDone, value } = await reader.read();
        if (signal.aborted) return;
        if (!isDone) return controller.enqueue(value);
        controller.close();
      } catch (error) {
        if (signal.aborted) return;
        controller.error(error);
      }
      end();
    },
    async cancel(reason) {
      end();
      await reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
  return new Response(passed, { status, headers });
}
