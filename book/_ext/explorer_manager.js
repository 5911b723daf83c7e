// What brings stored widgets to life in a page without a kernel: a manager that creates models and views of the modules
// that it is given. html-manager, which Jupyter has for this, weighs four times as much: it can show outputs of cells,
// too, and the widgets of all versions of ipywidgets.

import { ManagerBase } from "@jupyter-widgets/base-manager";
import { MessageLoop } from "@lumino/messaging";
import { Widget } from "@lumino/widgets";

export class ExplorerManager extends ManagerBase {
  /** @param {Object} modules - Name of a Python package's front end → what it exports. */
  constructor(modules) {
    super();
    this.modules = modules;
  }

  async loadClass(name, module) {
    const found = this.modules[module]?.[name];
    if (!found)
      throw new Error(`expected a class of ${Object.keys(this.modules).join(", ")}, got ${name} of ${module}`);
    return found;
  }

  /** Show a view in an element of the page. */
  display(view, place) {
    const widget = view.luminoWidget ?? view.pWidget; // the older name is that of ipywidgets 7
    Widget.attach(widget, place);
    window.addEventListener("resize", () => MessageLoop.postMessage(widget, Widget.ResizeMessage.UnknownSize));
  }

  // There is no kernel that one could talk to.
  async _get_comm_info() {
    return {};
  }

  async _create_comm() {
    return { on_close() {}, on_msg() {}, close() {} };
  }
}
