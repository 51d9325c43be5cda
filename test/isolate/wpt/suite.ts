/** Which files of web-platform-tests are run, under which API's name, which can't be, and what is known to fail. */

/** API → folders of the suite. */
export const AREAS: Readonly<Record<string, readonly string[]>> = {
  'URL, URLSearchParams': ['url/'],
  'TextEncoder, TextDecoder, their streams': ['encoding/'],
  'ReadableStream, WritableStream, TransformStream': ['streams/'],
  'Event, EventTarget': ['dom/events/'],
  'AbortController, AbortSignal': ['dom/abort/'],
  'Blob, File, FileReader': ['FileAPI/'],
  'performance, PerformanceMark, PerformanceMeasure': ['hr-time/', 'performance-timeline/', 'user-timing/'],
  'atob, btoa': ['html/webappapis/atob/'],
  structuredClone: ['html/webappapis/structured-clone/'],
  'setTimeout, setInterval, queueMicrotask': ['html/webappapis/timers/', 'html/webappapis/microtask-queuing/'],
  BroadcastChannel: ['webmessaging/'],
  'crypto, SubtleCrypto': ['WebCryptoAPI/'],
  console: ['console/'],
  DOMException: ['webidl/'],
  'the interfaces of what is not above': ['interfaces/'],
};

/** Beside what is called `.any.js`, which runs in any scope. */
export const ALSO: readonly string[] = ['url/IdnaTestV2.window.js'];

/** Files that are not run, and why. */
export const LEFT_OUT: readonly { readonly pattern: RegExp; readonly files: string; readonly why: string }[] = [
  {
    pattern: /send-file-formdata|url-with-xhr|\/(replacement|unsupported)-encodings/,
    files: '`FileAPI/file/send-file-formdata*`, `FileAPI/url/url-with-xhr`, `encoding/*-encodings`',
    why: 'They ask the server of the suite, or XMLHttpRequest.',
  },
  {
    pattern: /non-transferable-buffers/,
    files: '`streams/readable-byte-streams/non-transferable-buffers`',
    why: 'It needs WebAssembly, which a guest has not.',
  },
  {
    pattern: /WebCryptoAPI\/historical/,
    files: '`WebCryptoAPI/historical`',
    why: 'It is about pages that did not come by https.',
  },
  {
    pattern: /pbkdf2|successes_RSA/,
    files: '`WebCryptoAPI/derive_bits_keys/pbkdf2`, `WebCryptoAPI/generateKey/successes_RSA*`',
    why: 'They take longer than all others together.',
  },
  {
    pattern: /^(wasm|common)\//,
    files: '`wasm`; all that needs a page or a worker (`.window.js`, `.worker.js`, `.html`)',
    why: 'A guest is neither, and has no WebAssembly. `url/IdnaTestV2` is run all the same.',
  },
];

interface Interfaces {
  /** File of interfaces → those that are looked at. */
  readonly tested: Readonly<Record<string, readonly string[]>>;
  /** Interface → how to come by objects of it. */
  readonly objects: Readonly<Record<string, readonly string[]>>;
}

/** Interfaces that no file of the suite's looks at here, by the name of the file that is made of them. */
export const INTERFACES: Readonly<Record<string, Interfaces>> = {
  'interfaces/dom': {
    tested: { dom: ['Event', 'CustomEvent', 'EventTarget', 'AbortController', 'AbortSignal'] },
    objects: {
      Event: ['new Event("x")'],
      CustomEvent: ['new CustomEvent("x")'],
      EventTarget: ['new EventTarget()'],
      AbortController: ['new AbortController()'],
      AbortSignal: ['new AbortController().signal'],
    },
  },
  'interfaces/fetch': {
    tested: {
      fetch: [
        'Headers',
        'Request',
        'Response',
        'Body',
        'RequestDestination',
        'RequestMode',
        'RequestCredentials',
        'RequestCache',
        'RequestRedirect',
        'RequestDuplex',
        'ResponseType',
      ],
      'referrer-policy': ['ReferrerPolicy'],
      xhr: ['FormData', 'ProgressEvent'],
    },
    objects: {
      Headers: ['new Headers()'],
      Request: ['new Request("http://a.test/")'],
      Response: ['new Response("x")'],
      FormData: ['new FormData()'],
      ProgressEvent: ['new ProgressEvent("x")'],
    },
  },
  'interfaces/html': {
    tested: {
      html: [
        'MessageEvent',
        'MessageChannel',
        'MessagePort',
        'MessageEventTarget',
        'BroadcastChannel',
        'ErrorEvent',
        'PromiseRejectionEvent',
        'EventSource',
        'EventHandlerNonNull',
        'EventHandler',
      ],
      websockets: ['WebSocket', 'CloseEvent'],
    },
    objects: {
      MessageEvent: ['new MessageEvent("x")'],
      MessageChannel: ['new MessageChannel()'],
      MessagePort: ['new MessageChannel().port1'],
      BroadcastChannel: ['new BroadcastChannel("x")'],
      ErrorEvent: ['new ErrorEvent("x")'],
      CloseEvent: ['new CloseEvent("x")'],
    },
  },
  'interfaces/others': {
    tested: {
      compression: ['CompressionStream', 'DecompressionStream'],
      urlpattern: ['URLPattern'],
      FileAPI: ['Blob', 'File', 'FileReader'],
      webidl: ['DOMException'],
    },
    objects: {
      CompressionStream: ['new CompressionStream("gzip")'],
      DecompressionStream: ['new DecompressionStream("gzip")'],
      URLPattern: ['new URLPattern()'],
      Blob: ['new Blob()'],
      File: ['new File([], "x")'],
      FileReader: ['new FileReader()'],
      DOMException: ['new DOMException()'],
    },
  },
};

/** A test file of our own for these interfaces, by the suite's way of looking at them. */
export function interfaceTest({ tested, objects }: Interfaces): string {
  return `
// META: script=/resources/WebIDLParser.js
// META: script=/resources/idlharness.js
promise_test(async () => {
  const idls = new IdlArray();
  for (const [file, only] of Object.entries(${JSON.stringify(tested)})) {
    idls.add_idls(await (await fetch('/interfaces/' + file + '.idl')).text(), { only });
  }
  for (const file of ${JSON.stringify(['dom', 'html', 'streams', 'fetch', 'url', 'FileAPI'].filter((file) => !(file in tested)))}) {
    idls.add_dependency_idls(await (await fetch('/interfaces/' + file + '.idl')).text());
  }
  idls.add_objects(${JSON.stringify(objects)});
  idls.test();
}, 'the interfaces can be read');
`;
}
