// As book/_ext/explorer_libraries.js, with ipywidgets 7: what Colab stored is shown as Colab would show it.

import "./colab_jquery.js";
import "jquery-ui/ui/version.js";
import "jquery-ui/ui/keycode.js";
import "jquery-ui/ui/widget.js";
import "jquery-ui/ui/widgets/mouse.js";
import * as base from "@jupyter-widgets/base7";
import * as controls from "@jupyter-widgets/controls7";
import "@jupyter-widgets/controls7/css/widgets-base.css";
import "@jupyter-widgets/controls7/css/labvariables.css";
import anywidget from "anywidget";
import { ExplorerManager } from "../../book/_ext/explorer_manager.js";

window.explorerManager = new ExplorerManager({
  "@jupyter-widgets/base": base,
  "@jupyter-widgets/controls": controls,
  anywidget: anywidget(base),
});
