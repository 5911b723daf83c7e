// The sliders of ipywidgets 7 are jQuery UI's, which looks for jQuery in the window.

import jQuery from "jquery";

window.jQuery = jQuery;
