// run: network-runtime examples/isolates/plugins.js
// A host with plugins: each in an isolate of its own, with the few things that it is given.
const sandbox = new V8Sandbox();

const plugins = {
  shout: `NETWORK.on('text', (text) => NETWORK.send('done', text.toUpperCase() + '!'))`,
  count: `NETWORK.on('text', async (text) => NETWORK.send('done', text.length + ' of ' + (await NETWORK.request('limit'))))`,
  broken: `NETWORK.on('text', (text) => text.no.such.thing)`,
};

for (const [name, source] of Object.entries(plugins)) {
  const plugin = await sandbox.createIsolate({ cpuMs: 500, memoryMb: 32 });
  const answer = new Promise((resolve) => {
    plugin.on('done', resolve).onSystem('error', ({ error }) => resolve(`failed: ${error.message}`));
  });
  plugin.onRequest('limit', () => 80);
  plugin.execute(source);
  plugin.send('text', 'hello');
  console.log(name, '→', await answer);
  plugin.destroy();
}
sandbox.shutdown();
//=> shout → HELLO!
//=> count → 5 of 80
//=> broken → failed: Cannot read properties of undefined (reading 'such')
