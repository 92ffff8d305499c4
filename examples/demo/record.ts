/** Takes the picture of the README: some seconds of the demo, with a few faults. `npm run picture` */
import { writeFileSync } from 'node:fs';
import { interval, take, tap, lastValueFrom } from 'rxjs';
import { FAULTS } from './faults.ts';
import { frameOf, svgOf, type Frame } from './picture.ts';
import { runDemo } from './run.ts';
import { chooseTarget } from './target.ts';
import { VirtualTerminal } from './virtual-terminal.ts';

const EVERY = 750;
/** What is pressed before which frame. */
const KEYS: Readonly<Record<number, string>> = { 3: 'cut', 8: 'kill', 15: 'withdraw' };
const FRAMES = 26;
const LABEL =
  'A table of pods in a terminal. Connections are cut, and each time it is soon as the server has it again.';
const FILE = new URL('../../docs/demo.svg', import.meta.url);

const terminal = new VirtualTerminal(104, 32);
await using target = await chooseTarget({ kind: 'pods' });
const running = runDemo({ ...target, output: terminal.output, input: terminal.input });
const frames: Frame[] = [];
const filming = interval(EVERY).pipe(
  take(FRAMES),
  tap((index) => {
    frames.push(frameOf(terminal));
    const fault = FAULTS.find(({ name }) => name === KEYS[index]);
    if (fault !== undefined) terminal.press(fault.key);
  }),
);
await lastValueFrom(filming);
terminal.press('q');
await running;
terminal.close();

const svg = svgOf(frames, terminal.size, EVERY, 'npm start', LABEL);
writeFileSync(FILE, svg);
console.log(`${FILE.pathname}: ${Math.round(svg.length / 1000)} kB`);
