/** An expression as its author wrote it, or nearly so, for messages. Powerless side. */
import type { Node } from '../parser/ast.ts';

const MAX_SHOWN = 60;
const MAX_DEPTH = 8;

/** Such as `$user.name`, `$h['k']`, `&f(…)`; null for what has no short form. */
export function describe(node: Node | null): string | null {
  const text = node === null ? null : shown(node, 0);
  return text === null || text.length > MAX_SHOWN ? null : text;
}

function shown(node: Node, depth: number): string | null {
  if (depth > MAX_DEPTH) return null;
  switch (node.type) {
    case 'variable':
      return node.name.startsWith('|') ? null : `$${node.name}`;
    case 'field':
      return `@${node.name}`;
    case 'system':
      return `%${node.name}`;
    case 'bare':
      return node.name;
    case 'literal':
      return typeof node.value === 'string' ? `'${node.value}'` : String(node.value);
    case 'function-call':
      return `&${node.name}(${node.args.positional.length === 0 ? '' : '…'})`;
    case 'safe-chain':
      return shown(node.chain, depth + 1);
    case 'index': {
      const [from, key] = [shown(node.receiver, depth + 1), shown(node.key, depth + 1)];
      return from === null ? null : `${from}[${key ?? '…'}]`;
    }
    case 'call': {
      const from = shown(node.receiver, depth + 1);
      const empty = node.args.positional.length === 0 && node.args.named.length === 0;
      return from === null ? null : `${from}${node.safe ? '&' : ''}.${node.name}${empty ? '' : '(…)'}`;
    }
    default:
      return null;
  }
}
