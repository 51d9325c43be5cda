// run: network-runtime examples/isolates/requests.js
// Values back from a guest, and errors: each as what it is.
const sandbox = new V8Sandbox();
const worker = await sandbox.createIsolate();
worker.onRequest('user', async (id) => {
  if (id !== 42) throw new RangeError(`no user ${id}`);
  return { id, name: 'Ada', since: new Date(0) };
});

const user = await worker.evaluate(`
  const user = await NETWORK.request('user', 42);
  ({ ...user, year: user.since.getUTCFullYear() })`);
console.log(user.name, user.year);

try {
  await worker.evaluate(`await NETWORK.request('user', 7)`);
} catch (error) {
  console.log(error instanceof RangeError, error.message);
}

try {
  await worker.evaluate('let x = ;');
} catch (error) {
  console.log(error.message);
}

try {
  await worker.evaluate('await new Promise(() => {})', { timeout: 0.1 });
} catch (error) {
  console.log(error.message);
}
sandbox.shutdown();
//=> Ada 1970
//=> true no user 7
//=> evaluate-3:1:9: Unexpected token ';'
//=>   let x = ;
//=>           ^
//=> evaluate: no value within 0.1 s
