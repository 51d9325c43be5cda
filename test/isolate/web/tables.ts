/** The tables of spec/web-apis.md that are made of the rows. */
import { markdownTable } from '../../helpers/spec-page.ts';
import { GROUPS } from './all-rows.ts';
import { type Row, sourceOf } from './rows.ts';

export function rowTable(): string {
  const rows = new Map<string, Row[]>();
  for (const [api, more] of GROUPS.flatMap((group) => Object.entries(group))) {
    rows.set(api, [...(rows.get(api) ?? []), ...more]);
  }
  const all = [...rows.values()].flat();
  const count = (some: readonly Row[]): string[] => {
    const given = some.filter((row) => typeof row === 'object' && 'gives' in row).length;
    const differ = some.filter((row) => typeof row === 'object' && 'differs' in row).length;
    return [some.length, some.length - given - differ, given, differ].map((n) => (n === 0 ? '' : String(n)));
  };
  return markdownTable(
    ['API', 'Rows', 'As Node', 'As the standard says, and Node does not or has not', 'Otherwise'],
    [...[...rows].map(([api, some]) => [api, ...count(some)]), ['all', ...count(all)]],
  );
}

/** What differs from Node, row by row. */
export function rowDifferences(): string {
  const differing = GROUPS.flatMap((group) => Object.values(group).flat()).flatMap((row) =>
    typeof row === 'object' && 'differs' in row ? [[`\`${sourceOf(row)}\``, row.differs]] : [],
  );
  return markdownTable(['Row', 'Why it differs from Node'], differing);
}
