// Last in the bundle: all components are registered.
window.Alpine.start();
