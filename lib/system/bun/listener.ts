import type { Listen } from "../http_server.ts";
import { connectionOf, handlers } from "./connection.ts";
import { bun } from "./modules.ts";

/** Accepts connections by `Bun.listen`. */
export const bunListen: Listen = ({ onOpen }) => {
  const listener = bun.Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { ...handlers, open: (socket) => onOpen(connectionOf(socket)) },
  });
  return {
    port: listener.port,
    close() {
      listener.stop(false);
      return Promise.resolve();
    },
  };
};
