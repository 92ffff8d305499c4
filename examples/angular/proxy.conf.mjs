/** For `ng serve`: the API server is where `npm run serve` has it. */
export default {
  '/k8s': {
    target: 'http://127.0.0.1:4280',
    changeOrigin: true,
    // A watch is open before it has anything to say. Without this, the page hears of it with the first change.
    configure: (proxy) => {
      proxy.on('proxyRes', (_answer, _request, response) => response.once('pipe', () => response.flushHeaders()));
    },
  },
};
