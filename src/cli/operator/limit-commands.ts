/**
 * `limits`: every limit and setting of an egress, how much of it is leased, and changes to them. Trusted side.
 */
import type { LimitUse } from '../../egress/limits/use.ts';
import { checkSetting, checkSettingName, SETTING_NAMES, SETTINGS, type SettingName } from '../../egress/settings.ts';
import { APP, type Given, type OperatorCommand, type Step } from './command.ts';
import { Failure } from './failure.ts';
import { forWhom } from './policy-commands.ts';

const COLUMNS = ['limit', 'value', 'from', 'default', 'leased', 'perApp', 'what'].map((key) => ({ key }));

function limits(given: Given): Step {
  const { app } = given;
  return async ({ egress, output }) => {
    const settings = await egress.settings({ app });
    const common = await egress.ownSettings();
    const own = app === null ? {} : await egress.ownSettings({ app });
    const uses = await egress.limits({ apps: app === null ? [] : [app] });
    const rows = SETTING_NAMES.map((name) => ({
      limit: name,
      value: readable(settings[name] ?? ''),
      from: Object.hasOwn(own, name) ? 'app' : Object.hasOwn(common, name) ? 'all' : 'default',
      default: readable(SETTINGS[name].defaultText),
      leased: leasedSlots(name, uses, app),
      perApp: SETTINGS[name].perApp,
      what: SETTINGS[name].doc,
    }));
    await output.rows(COLUMNS, rows, '');
    return 0;
  };
}

/** Numbers as numbers; durations, rates and words as they are written. */
function readable(text: string): string | number {
  return /^[0-9]+(?:\.[0-9]+)?$/.test(text) ? Number(text) : text;
}

/** Slots that are leased now; null for what is no number of slots, and for those of an app where none was named. */
function leasedSlots(name: SettingName, uses: readonly LimitUse[], app: string | null): number | null {
  if (name === 'total_concurrency') return uses.find((use) => use.app === null)?.held ?? null;
  if (name !== 'app_concurrency' || app === null) return null;
  return uses.find((use) => use.app === app)?.held ?? null;
}

function setLimit(given: Given): Step {
  const [written, app] = [given.text('value'), given.app];
  const { name, text } = checkSetting(given.text('name'), written, app);
  return async ({ egress, output }) => {
    await egress.set(name, text, { app });
    await output.done(`${name} is ${text}${forWhom(app)}`, { set: name, value: readable(text), app });
    return 0;
  };
}

function resetLimit(given: Given): Step {
  const { app } = given;
  const name = checkSettingName(given.text('name'), app);
  return async ({ egress, output }) => {
    if (!(await egress.reset(name, { app })))
      throw new Failure(`there is no value of ${name} to take back${forWhom(app)}`);
    const now = (await egress.settings({ app }))[name] ?? '';
    await output.done(`${name} is ${now} again${forWhom(app)}`, { reset: name, value: readable(now), app });
    return 0;
  };
}

export const LIMIT_COMMANDS: readonly OperatorCommand[] = [
  {
    form: 'limits',
    doc: 'every limit and setting, as it holds for all or for an app, and the slots that are leased',
    options: { app: APP },
    effect: 'looks',
    prepare: limits,
  },
  { form: 'limits set <name> <value>', doc: 'change one', options: { app: APP }, effect: 'makes', prepare: setLimit },
  {
    form: 'limits reset <name>',
    doc: "take a change back: an app's own, or that for all",
    options: { app: APP },
    effect: 'changes',
    prepare: resetLimit,
  },
];
