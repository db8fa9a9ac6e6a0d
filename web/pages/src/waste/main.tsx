/** Puts the page of the waste programme on the page. */

import { render } from "preact";

import { App } from "./page";

const place = document.getElementById("waste");
if (place !== null) render(<App />, place);
