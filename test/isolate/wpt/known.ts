/** Why tests of the suite fail in a guest, by `file: name of the test`. spec/web-apis.md lists them. */
export const KNOWN: readonly (readonly [pattern: RegExp, why: string])[] = [
  [
    /^url\/(url-(constructor|setters)|urlsearchparams-delete)/,
    'The standard has changed since: `^` in a path, spaces at the end of an opaque path.',
  ],
  [/^url\/IdnaTestV2/, 'The suite has an older Unicode than the tables here.'],
  [/^FileAPI\/url\//, 'There are no blob URLs: `URL.createObjectURL` is missing.'],
  [/^encoding\/.*SharedArrayBuffer|^encoding\/streams\/decode-utf8/, 'A guest has no SharedArrayBuffer.'],
  [/^streams\/readable-streams\/async-iterator/, 'The iterator of a stream has a prototype of its own.'],
  [/^streams\/transform-streams\//, 'web-streams-polyfill tells another of two errors.'],
  [/: Window interface: attribute (crypto|performance)$/, 'Objects of the global scope are plain properties of it.'],
  [/: URLPattern interface: existence/, 'URLPattern is loaded when it is first asked for.'],
  [
    /^webmessaging\/broadcastchannel\/interface/,
    '`undefined` in place of a text that must be given is taken for nothing.',
  ],
  [/: PerformanceEntry interface: attribute (id|navigationId)$/, 'Entries have no `id` and no `navigationId`.'],
  [/^performance-timeline\/case-sensitivity/, 'There are marks and measures, and no entries for what was loaded.'],
  [/: Response interface: operation json\(/, 'The suite takes two operations of one name for one.'],
];
