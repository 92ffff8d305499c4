import { defineConfig } from 'vite';

export default defineConfig({
  server: {
    proxy: {
      '/k8s': {
        target: 'http://127.0.0.1:8001',
        // A watch is open before it has anything to say. Without this, the page hears of it with the first change.
        configure: (proxy) => {
          proxy.on('proxyRes', (_answer, _request, response) => response.once('pipe', () => response.flushHeaders()));
        },
      },
    },
  },
});
