/**
 * The three lists with bars: denials by host, top apps, limits in use. A name can be pressed to filter the journal.
 */
import type { View } from '../told.ts';
import { grouped, part, shown, textElement, whole } from './text.ts';

const MOST_LIMITS = 9;

interface Bar {
  readonly name: string;
  readonly figure: string;
  readonly value: number;
  readonly most: number;
}

/** Shows the bars of a list; the elements stay where they are, so that the focus does. */
function show(id: string, bars: readonly Bar[], onPress: ((name: string) => void) | null): void {
  const list = part(id, HTMLOListElement);
  while (list.children.length > bars.length) list.lastElementChild?.remove();
  for (const [index, bar] of bars.entries()) {
    const known = list.children[index];
    const item = known instanceof HTMLLIElement ? known : list.appendChild(document.createElement('li'));
    if (item.dataset['name'] !== bar.name) fill(item, bar, onPress);
    const [, figure, progress] = item.children;
    if (figure !== undefined) figure.textContent = bar.figure;
    if (progress instanceof HTMLProgressElement) {
      progress.max = Math.max(1, bar.most);
      progress.value = bar.value;
    }
  }
}

function fill(item: HTMLLIElement, { name }: Bar, onPress: ((name: string) => void) | null): void {
  const hadFocus = item.contains(document.activeElement);
  item.dataset['name'] = name;
  const label = textElement(onPress === null ? 'span' : 'button', 'name', name);
  // Where it is cut off.
  label.title = shown(name);
  if (label instanceof HTMLButtonElement) label.type = 'button';
  if (onPress !== null) label.addEventListener('click', () => onPress(name));
  const progress = document.createElement('progress');
  progress.setAttribute('aria-hidden', 'true');
  item.replaceChildren(label, textElement('span', 'figure', ''), progress);
  if (hadFocus) label.focus();
}

export interface Presses {
  readonly onHost: (name: string) => void;
  readonly onApp: (name: string) => void;
}

/** Says how many there are beyond those listed. */
function showMore(id: string, more: number, isAll = true): void {
  part(`${id}-more`, HTMLElement).textContent = more > 0 ? `and ${isAll ? '' : 'at least '}${whole(more)} more` : '';
}

export function showLists(
  { deniedHosts, deniedHostCount, apps, appCount, namesAreAll, limits }: View,
  { onHost, onApp }: Presses,
): void {
  const mostDenied = deniedHosts[0]?.count ?? 1;
  const hosts = deniedHosts.map(({ name, count }) => ({ name, figure: whole(count), value: count, most: mostDenied }));
  show('hosts', hosts, onHost);
  showMore('hosts', deniedHostCount - hosts.length, namesAreAll);
  const mostCalls = apps[0]?.calls ?? 1;
  const callers = apps.map(({ name, calls, denied, failed }) => {
    const parts = [
      `${whole(calls)} ${calls === 1 ? 'call' : 'calls'}`,
      ...(denied > 0 ? [`${whole(denied)} denied`] : []),
      ...(failed > 0 ? [`${whole(failed)} failed`] : []),
    ];
    return { name, figure: parts.join(' · '), value: calls, most: mostCalls };
  });
  show('apps', callers, onApp);
  showMore('apps', appCount - callers.length, namesAreAll);
  const busiest = limits.toSorted(
    (one, other) =>
      Number(one.app !== null) - Number(other.app !== null) || other.held / other.limit - one.held / one.limit,
  );
  const used = busiest.slice(0, MOST_LIMITS).map(({ app, held, limit, rate }) => ({
    name: app ?? 'All apps',
    figure: `${whole(held)} of ${whole(limit)} leased · ${grouped(rate)}`,
    value: held,
    most: limit,
  }));
  show('limits', used, null);
  showMore('limits', busiest.length - used.length);
}
