/** The servers that the examples of spec/ talk to, those of `npm run api`, on free ports. */
import { startApi } from '../../examples/api.ts';
import { startEcho } from '../../examples/servers/sockets.ts';

/** The ports that the pages write; the servers' own stand in for them while a test runs. */
export const PAGE_PORTS = Object.freeze({ http: '8600', echo: '8700' });

export interface SpecServers extends AsyncDisposable {
  readonly http: number;
  readonly echo: number;
  /** A page's text with the ports of the servers in place of those of the page. */
  real(text: string): string;
  /** The other way round. */
  shown(text: string): string;
}

export async function startSpecServers(): Promise<SpecServers> {
  const api = await startApi(0);
  const echo = await startEcho(0);
  const ports = { http: api.port, echo: echo.port };
  const swap = (text: string, from: string, to: string) => text.replaceAll(new RegExp(`\\b${from}\\b`, 'g'), to);
  return {
    ...ports,
    real: (text) => swap(swap(text, PAGE_PORTS.http, String(ports.http)), PAGE_PORTS.echo, String(ports.echo)),
    shown: (text) => swap(swap(text, String(ports.http), PAGE_PORTS.http), String(ports.echo), PAGE_PORTS.echo),
    [Symbol.asyncDispose]: async () => {
      await api.close();
      await echo[Symbol.asyncDispose]();
    },
  };
}
