import nodeResolve from "@rollup/plugin-node-resolve";

export default {
  input: ["page.js", "service.js"],
  output: { dir: "dist" },
  plugins: [nodeResolve()],
};
