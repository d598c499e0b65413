"""Live demos, a module each: a Python file with the parameters, and the JavaScript module that computes and draws."""
