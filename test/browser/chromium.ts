/** Which Chromium: Debian's, or the one that CHROMIUM names. */
export const CHROMIUM = { executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium' };
