// Entries are plain modules; templates name them (`assets.tags("src/app.js")`) and Python reads the manifest.
import { defineConfig } from 'vite';

export default defineConfig({
  base: '/static/dist/',
  publicDir: false,
  build: {
    outDir: '../static/dist',
    emptyOutDir: true,
    manifest: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // What the office's machines run: Windows 7-era Chromium shells, UOS and Kylin browsers.
    target: ['chrome90', 'edge90', 'firefox91', 'safari15'],
    rollupOptions: { input: ['src/app.js'] },
    license: { fileName: 'third-party-licences.md' },
  },
});
