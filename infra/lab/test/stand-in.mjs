// A program for tests of the supervisor: answers on its port, says its pid, and obeys what the tests ask of it.
// stand-in.mjs PORT JOURNAL NAME [deaf|broken|slow]: `deaf` ignores SIGTERM, `broken` ends at once, `slow` takes
// its time to end.
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';

const [port, journal, name, mode] = process.argv.slice(2);
const note = (word) => appendFileSync(journal, `${name} ${word}\n`);

const slowMs = 300;
function end() {
  note('ended');
  process.exit(0);
}

if (mode === 'broken') {
  console.error('the reason is in the log');
  process.exit(1);
}
note('started');
createServer((_request, response) =>
  response.end(JSON.stringify({ pid: process.pid, secret: process.env.SECRET })),
).listen(Number(port), '127.0.0.1');
process.on('SIGTERM', () => {
  if (mode === 'deaf') return;
  setTimeout(end, mode === 'slow' ? slowMs : 0);
});
