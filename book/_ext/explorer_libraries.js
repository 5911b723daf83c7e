// The libraries of explorers, which `self_contained_pages.py` bundles to one script: ipywidgets 8 and anywidget.

import * as base from "@jupyter-widgets/base";
import * as controls from "@jupyter-widgets/controls";
import "@jupyter-widgets/controls/css/widgets-base.css";
import "@jupyter-widgets/controls/css/labvariables.css";
import anywidget from "anywidget";
import { ExplorerManager } from "./explorer_manager.js";

window.explorerManager = new ExplorerManager({
  "@jupyter-widgets/base": base,
  "@jupyter-widgets/controls": controls,
  anywidget: anywidget(base),
});
