/** Puts the governance page on the page. */

import { render } from "preact";

import { App } from "./page";

const place = document.getElementById("governance");
if (place !== null) render(<App />, place);
