/**
 * Names of hosts for whatwg-url, in place of tr46: plain ASCII, which nearly all are, without its tables (UTS 46 maps it
 * to lower case and nothing else). Powerless.
 */
import { loadTable } from './tables.ts';

type Convert = (domain: string, options: object) => unknown;

export function toASCII(domain: string, options: object): unknown {
  if (/^[\0-\x7f]*$/.test(domain) && !/(^|\.)xn--/i.test(domain)) return domain.toLowerCase();
  return convert('toASCII')(domain, options);
}

export function toUnicode(domain: string, options: object): unknown {
  return convert('toUnicode')(domain, options);
}

function convert(name: string): Convert {
  const found = loadTable('tr46')[name];
  if (typeof found !== 'function') throw new TypeError('the table of host names can not be read');
  return (domain, options) => Reflect.apply(found, undefined, [domain, options]);
}
