/**
 * Replaces `Deno.listen`, until disposed of: accepting fails with `errors`
 * first, and a second call fails with `inUse` if given. `ports` are the
 * requested ports.
 */
export function listenWith(
  errors: Error[],
  inUse?: Error,
): AsyncDisposable & { ports: number[] } {
  const { listen } = Deno;
  const ports: number[] = [];
  const opened: Deno.TcpListener[] = [];
  Deno.listen = ((options: Deno.TcpListenOptions & { transport?: "tcp" }) => {
    ports.push(options.port ?? 0);
    if (inUse && ports.length > 1) throw inUse;
    const listener = listen(options);
    opened.push(listener);
    return {
      addr: listener.addr,
      close: () => listener.close(),
      accept() {
        const error = errors.shift();
        return error ? Promise.reject(error) : listener.accept();
      },
    };
  }) as typeof Deno.listen;
  return {
    ports,
    async [Symbol.asyncDispose]() {
      Deno.listen = listen;
      for (const it of opened) {
        try {
          it.close();
        } catch {
          // Already closed.
        }
      }
      await Promise.resolve();
    },
  };
}
