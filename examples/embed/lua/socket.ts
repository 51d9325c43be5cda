/** The `socket` module of lua.ts: what LuaSocket offers for TCP, over a net that blocks. Lua's strings are bytes here. */
import { NetworkError, type SyncNet, type SyncTcpSocket } from 'caspian-net/guest';
import { to_jsstring as text } from 'fengari';

/** `tcp()`, `request(url)` as in `socket.http`, and `narrow(rules)`: the same module over less. */
export function socketModule(net: SyncNet): Readonly<Record<string, unknown>> {
  return {
    tcp: () => [tcpSocket(net)],
    request: (url: Uint8Array) =>
      trying(() => {
        const response = net.fetch(text(url));
        return [response.bytes(), response.status];
      }),
    narrow: (rules: Uint8Array) => [socketModule(net.narrow(text(rules).split(',')))],
  };
}

function tcpSocket(net: SyncNet) {
  let socket: SyncTcpSocket | null = null;
  let timeout: number | null = null;
  const use = (step: (open: SyncTcpSocket) => unknown) => trying(() => [socket === null ? null : step(socket)]);
  return {
    connect: (_self: null, host: Uint8Array, port: number) =>
      trying(() => {
        socket = net.tcp(text(host), port, { timeout });
        return [1];
      }),
    settimeout: (_self: null, seconds: number | null) => {
      timeout = seconds === null || seconds < 0 ? null : Math.max(seconds, 0.001);
      if (socket !== null) socket.timeout = timeout;
      return [1];
    },
    send: (_self: null, data: Uint8Array) =>
      use((open) => {
        open.sendAll(data);
        return data.length;
      }),
    receive: (_self: null, what: Uint8Array | number | null = null) =>
      use((open) => {
        if (typeof what === 'number') return open.recvExact(what);
        if (what !== null && text(what) === '*a') return open.recvAll({ max: 2 ** 24 }) ?? '';
        return open.recvLine({ chomp: true });
      }),
    close: () => {
      socket?.close();
      socket = null;
      return [1];
    },
  };
}

/** Fails as LuaSocket does: nil and a word. What is no failure of the network is raised. */
function trying(step: () => readonly unknown[]): readonly unknown[] {
  try {
    const results = step();
    return results[0] === null ? [null, 'closed'] : results;
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    return [null, error.code === 'NET_TIMEOUT' ? 'timeout' : error.message];
  }
}
