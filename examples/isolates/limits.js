// run: network-runtime examples/isolates/limits.js 1 1000 32
// What goes too far is ended, alone, and the reason is told.
const sandbox = new V8Sandbox({ threads: 2 });

async function ends(source) {
  const worker = await sandbox.createIsolate();
  const { promise, resolve } = Promise.withResolvers();
  worker.onSystem('terminated', ({ reason }) => resolve(reason));
  worker.execute(source);
  return await promise;
}

const neighbour = await sandbox.createIsolate();
console.log(await ends('while (true);'));
console.log(await ends('const arrays = []; while (true) arrays.push(new Array(1024 * 1024))'));
console.log(await neighbour.evaluate('"the neighbour goes on"'));
sandbox.shutdown();
//=> cpu_limit_exceeded
//=> memory_limit_exceeded
//=> the neighbour goes on
