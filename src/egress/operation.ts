/**
 * What a call is named in errors. Pure.
 */

export type Operation = 'fetch' | 'web_socket';

export function operationOf({ protocol }: Pick<URL, 'protocol'>): Operation {
  return protocol.startsWith('ws') ? 'web_socket' : 'fetch';
}
