/** How many frames a second there are while somebody scrolls through 10,000 pods, of which 100 change each second. At least 50, or it fails. */
import { chromium } from 'playwright-core';
import { startApiServer } from 'rxkube/apiserver';
import { CHROMIUM } from '../../../test/browser/chromium.ts';
import { startGateway } from '../../browser/gateway.ts';
import { change, populate } from '../population.ts';

const LEAST = 50;
/** ms */
const MEASURED_FOR = 10_000;

const apiServer = await startApiServer();
populate(apiServer, 10_000);
change(apiServer, 100);
const gateway = await startGateway({ apiServer, site: `${import.meta.dirname}/../dist` });
const browser = await chromium.launch(CHROMIUM);
const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
for (const view of ['pods', 'deployments']) {
  await page.goto(`${gateway.url}/${view}`);
  await page.getByText(/^(10,000 pods|500 deployments)$/).waitFor();
  await page.mouse.move(600, 400);
  const measuring = page.evaluate(measure, MEASURED_FOR);
  const end = Date.now() + MEASURED_FOR;
  for (let turn = 0; Date.now() < end; turn++) {
    // Down for three seconds and up again, at the pace of a wheel.
    await page.mouse.wheel(0, turn % 400 < 200 ? 120 : -120);
    await page.waitForTimeout(15);
  }
  const { perSecond, slowest } = await measuring;
  console.log(`${view}: ${perSecond.toFixed(1)} frames a second, the slowest took ${slowest.toFixed(0)} ms`);
  if (perSecond < LEAST) process.exitCode = 1;
}
process.exit();

/** Runs in the page. */
function measure(ms: number): Promise<{ readonly perSecond: number; readonly slowest: number }> {
  return new Promise((resolve) => {
    const times: number[] = [];
    const tick = (time: number): void => {
      times.push(time);
      const [first = time] = times;
      if (time - first < ms) return void requestAnimationFrame(tick);
      const slowest = Math.max(...times.slice(1).map((at, index) => at - (times[index] ?? at)));
      resolve({ perSecond: (1_000 * (times.length - 1)) / (time - first), slowest });
    };
    requestAnimationFrame(tick);
  });
}
