import { runAsWorker } from 'synckit';

runAsWorker(async () => null);
