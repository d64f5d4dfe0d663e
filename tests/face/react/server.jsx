// The application on a server.
import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { Sessions, strict } from "./app.jsx";

export const html = (manager) => renderToString(strict(createElement(Sessions, { manager })));
