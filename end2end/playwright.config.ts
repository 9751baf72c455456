import { defineConfig, devices } from '@playwright/test'

const address = '127.0.0.1:3900'
// Browsers make passkeys for a name, and for no address.
const origin = 'http://localhost:3900'

// The system's browser: `.ci/setup end2end` leaves a link to the one it found.
const executablePath = process.env.CORDON_CHROMIUM || '../target/tools/bin/chromium'

export default defineConfig({
  testDir: 'tests',
  globalTeardown: './nothing-left.ts',
  forbidOnly: !!process.env.CI,
  // A journey that passes the second time has found something.
  retries: 0,
  // They share one portal.
  workers: 1,
  reporter: 'list',
  use: {
    baseURL: origin,
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath,
      // Containers lack what the sandbox needs, and the only pages are our own.
      args: ['--no-sandbox', '--disable-quic', '--disable-background-networking'],
    },
  },
  projects: [
    { name: 'desktop', use: { ...devices['Desktop Chrome'] } },
    // For journeys that a narrow screen could break: tag them @phone.
    { name: 'phone', grep: /@phone/, use: { ...devices['Pixel 7'] } },
  ],
  webServer: {
    // Its log is read when all is over, for what should not be there.
    command: 'exec target/debug/cordon serve --demo 2>target/end2end.log',
    cwd: '..',
    env: { CORDON_ADDR: address, CORDON_ORIGIN: origin, CORDON_DATA_DIR: 'target/end2end-data', CORDON_LOG: 'debug', NO_COLOR: '1', CORDON_DEMO_PASSWORD: 'a demo password', CORDON_SMTP: '', CORDON_SMTP_FROM: '', DATABASE_URL: '' },
    url: `http://${address}/login`,
    timeout: 120_000,
    // Time to stop its PostgreSQL.
    gracefulShutdown: { signal: 'SIGTERM', timeout: 15_000 },
    stdout: 'ignore',
    stderr: 'pipe',
  },
})
