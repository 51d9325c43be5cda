/**
 * A connection through a proxy: to the proxy by the one dialler, and on to the target by the proxy's word. Trusted side;
 * the proxy is a peer like any other. SECURITY: who may be reached is decided here as without one: the target has been
 * permitted, the proxy is, and where deny rules speak of addresses the proxy is given a vetted one and never a name to
 * look up (test/attacks/proxy-address.test.ts).
 */
import { ConnectionRefusedError, ProtocolError } from '../../errors/classes.ts';
import type { IpAddress } from '../address/ip.ts';
import { type Place, targetText } from '../address/target.ts';
import type { VettedAddress } from '../address/vetted.ts';
import type { Capability } from '../capability.ts';
import { anyOf } from '../signals.ts';
import { Connection } from './connection.ts';
import { Conversation } from './conversation.ts';
import { type Bounds, runStep } from './deadline.ts';
import { type DialAsk, dial } from './dial.ts';
import { shakeHands } from './handshake.ts';
import { askByConnect } from './http-connect.ts';
import type { ProxyPlan } from './proxy.ts';
import { resolveTarget } from './resolve.ts';
import { askBySocks } from './socks.ts';
import { translate } from './translate.ts';

/** A proxy, and the capability that it was named under: it must be granted there. */
export interface Through {
  readonly plan: ProxyPlan;
  readonly capability: Capability;
}

export interface Tunnel {
  readonly connection: Connection<VettedAddress>;
  /** The proxy was given a name, so that nobody here knows the address at the far end; `connection.address` is its own. */
  readonly named: boolean;
}

/** Why a proxy did not connect, in words; `retryable` if another try may go better. */
export interface Refusal {
  readonly words: string;
  readonly retryable: boolean;
}

/**
 * As `dial`. Raises also ConnectionRefusedError where the proxy does not connect, and ProtocolError where it does not
 * speak as it should.
 */
export async function dialThrough(ask: DialAsk, { plan, capability }: Through): Promise<Tunnel> {
  const { target, tls } = ask;
  const deadline = ask.deadline.within(ask.connectTimeout ?? null);
  const signals = [ask.signal, ask.capability.signal];
  const bounds: Bounds = { deadline, about: { operation: ask.operation ?? 'connect', target }, signals };
  const vetted = await vettedAddress(ask, bounds);
  const proxy = capability.permitPeer({ operation: 'proxy', host: plan.host, port: plan.port, by: ask.by });
  const { onread: _, ...asked } = ask;
  const signal = anyOf(...signals);
  const below = await dial({ ...asked, capability, target: proxy, tls: null, deadline, signal, connectTimeout: null });
  try {
    below.charge(ask.capability);
    const far = { host: vetted?.text ?? target.host.text, ip: vetted, port: target.port };
    await talk(below, bounds, (line) => (plan.kind === 'http' ? askByConnect : askBySocks)(line, far, plan));
    const parts = below.release();
    const secure = tls === null ? null : await shakeHands(parts.tcp, tls, bounds);
    const connection = new Connection({ ...parts, secure, target, address: vetted ?? parts.address });
    connection.settle();
    return { connection, named: vetted === null };
  } catch (error) {
    below.destroy();
    throw error;
  }
}

/** The address that the proxy is to connect to; null where a name will do. */
async function vettedAddress(ask: DialAsk, bounds: Bounds): Promise<VettedAddress | null> {
  if (ask.target.host.kind === 'name' && !ask.capability.grants.bindsAddresses) return null;
  const [first] = await resolveTarget(ask, bounds);
  return first ?? null;
}

/** Where the proxy is to connect. */
export interface Far {
  readonly host: string;
  /** Null for a name. */
  readonly ip: IpAddress | null;
  readonly port: number;
}

async function talk(
  below: Connection,
  bounds: Bounds,
  say: (line: Conversation) => Promise<Refusal | null>,
): Promise<void> {
  bounds.deadline.phase = 'connect';
  const { about } = bounds;
  const line = new Conversation(below.socket);
  const refusal = await runStep<Refusal | null>(bounds, ({ done, failed }) => {
    say(line)
      .then(async (answer) => {
        if (answer === null) await line.end();
        else line.giveUp();
        done(answer);
      })
      .catch((error: unknown) => failed(readFailure(error, bounds)));
    return () => line.giveUp();
  });
  if (refusal === null) return;
  const { words, retryable } = refusal;
  throw new ConnectionRefusedError(`${about.operation} ${targetText(about.target)}: the proxy ${words}`, {
    ...place(about.target),
    operation: about.operation,
    retryable,
  });
}

function readFailure(error: unknown, { about }: Bounds): unknown {
  if (!(error instanceof ProtocolError)) return translate(error, { ...about, phase: 'connect' });
  return new ProtocolError(`${about.operation} ${targetText(about.target)}: ${error.message}`, {
    ...place(about.target),
    operation: about.operation,
  });
}

function place({ written, port }: Place): { readonly host: string; readonly port: number | null } {
  return { host: written, port };
}
