/**
 * `.resolve` and `.reverse_resolve` of `%net`. Powerless. Reference: spec/surface.md, "Looking names up".
 */
import { fromPlain, type NativeFunction, textOf } from '../../caspian/native.ts';
import type { SyncNet } from '../sync-net.ts';
import { type Asker, readOptions } from './options.ts';

export function resolveMethods(asker: Asker): Readonly<Record<string, NativeFunction<SyncNet>>> {
  return {
    resolve: {
      params: ['host', 'type?'],
      named: 'any',
      blocking: true,
      run: (net, [host, type], call) => {
        const given = readOptions(undefined, call, 'resolve', ['host', 'type']);
        const wanted = type === undefined || type === null ? null : textOf(type, 'type');
        return asker.ask(given, call, (options) => fromPlain(net.resolve(textOf(host, 'host'), wanted, options)));
      },
    },
    reverse_resolve: {
      params: ['ip'],
      named: 'any',
      blocking: true,
      run: (net, [ip], call) => {
        const given = readOptions(undefined, call, 'reverse_resolve', ['ip']);
        return asker.ask(given, call, (options) => net.reverseResolve(textOf(ip, 'ip'), options));
      },
    },
  };
}
