// The service page is a second entry.
export default {
  build: { rollupOptions: { input: ["index.html", "service.html"] } },
};
