import { defineConfig } from "vite";

export default defineConfig({
  build: {
    // The content security policy allows nothing inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The alarm wall, the waste programme, the governance module, and the page of `pantau camera zones`.
    rollupOptions: { input: ["index.html", "gareng-mesem.html", "tata-kelola.html", "zones.html"] },
    target: "es2022",
  },
  server: {
    host: "127.0.0.1",
    proxy: { "/api": "http://127.0.0.1:8080" },
  },
});
