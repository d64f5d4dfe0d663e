export default {
  entry: { page: "./page.js", service: "./service.js" },
};
